// Finding and reading the files that manifests are in.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "controllers/api/manifests/manifest.hpp"
#include "controllers/api/manifests/yaml_documents.hpp"

namespace bursar::api {
namespace {

namespace fs = std::filesystem;

class FileDescriptor {
  public:
    explicit FileDescriptor(const char* path) : fd_(open(path, O_RDONLY | O_CLOEXEC)) {}
    ~FileDescriptor() {
        if (fd_ >= 0) close(fd_);
    }
    FileDescriptor(const FileDescriptor&) = delete;
    FileDescriptor& operator=(const FileDescriptor&) = delete;

    [[nodiscard]] int get() const { return fd_; }

  private:
    int fd_;
};

std::string reasonOf(int error) { return std::generic_category().message(error); }

bool hasManifestExtension(const fs::path& path) {
    const fs::path extension = path.extension();
    return extension == ".yaml" || extension == ".yml" || extension == ".json";
}

class ManifestFiles {
  public:
    ManifestFiles(bool recursive, std::istream& in) : recursive_(recursive), in_(in) {}

    void read(const std::string& path) {
        if (path == "-") return readStream();
        std::error_code failure;
        if (!fs::is_directory(path, failure)) return readFile(path);
        const std::size_t before = files_;
        readFolder(path);
        if (files_ > before) return;
        fail(path, fmt::format("holds no .yaml, .yml or .json file{}",
                               recursive_ ? "" : "; give -R to look into its subdirectories"));
    }

    ManifestSet take() { return std::move(set_); }

  private:
    // Follows symbolic links to files, but not to directories: the walk ends even if links form a loop.
    void readFolder(const fs::path& folder) {
        std::error_code failure;
        std::vector<fs::directory_entry> entries;
        for (fs::directory_iterator entry{folder, failure}, end; !failure && entry != end; entry.increment(failure)) {
            entries.push_back(*entry);
        }
        if (failure) {
            ++files_;
            return fail(folder, "cannot be read: " + failure.message());
        }
        std::sort(entries.begin(), entries.end());
        for (const fs::directory_entry& entry : entries) readEntry(entry);
    }

    void readEntry(const fs::directory_entry& entry) {
        std::error_code ignored;
        if (!entry.is_symlink(ignored) && entry.is_directory(ignored)) {
            if (recursive_) readFolder(entry.path());
        } else if (hasManifestExtension(entry.path()) && !entry.is_directory(ignored)) {
            readFile(entry.path());
        }
    }

    void readFile(const fs::path& path) {
        ++files_;
        const FileDescriptor file{path.c_str()};
        if (file.get() < 0) return fail(path, "cannot be read: " + reasonOf(errno));
        // One byte more than allowed: a full buffer means that the file is too large.
        text_.resize(kMaxTextBytes + 1);
        std::size_t size = 0;
        while (size < text_.size()) {
            const ssize_t got = ::read(file.get(), text_.data() + size, text_.size() - size);
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) return fail(path, "cannot be read: " + reasonOf(errno));
            if (got == 0) break;
            size += static_cast<std::size_t>(got);
        }
        add(std::string_view{text_}.substr(0, size), path);
    }

    void readStream() {
        text_.resize(kMaxTextBytes + 1);
        in_.read(text_.data(), static_cast<std::streamsize>(text_.size()));
        add(std::string_view{text_}.substr(0, static_cast<std::size_t>(in_.gcount())), "-");
    }

    void add(std::string_view text, const std::string& file) {
        ManifestSet more = parseManifests(text, file);
        std::move(more.manifests.begin(), more.manifests.end(), std::back_inserter(set_.manifests));
        std::move(more.errors.begin(), more.errors.end(), std::back_inserter(set_.errors));
    }

    void fail(const std::string& path, std::string message) {
        set_.errors.push_back({{path, 0, 0}, std::move(message)});
    }

    const bool recursive_;
    std::istream& in_;
    std::string text_;       // one buffer for every file
    std::size_t files_ = 0;  // tried
    ManifestSet set_;
};

}  // namespace

ManifestSet readManifests(const std::vector<std::string>& paths, bool recursive, std::istream& in) {
    ManifestFiles files{recursive, in};
    for (const std::string& path : paths) files.read(path);
    return files.take();
}

}  // namespace bursar::api
