#include "operator/cli/completion/completion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace bursar::cli {
namespace {

constexpr int kFiles = 0;  // cobra's ShellCompDirectiveDefault
constexpr int kNoFiles = 4;

const GrammarOption* findOption(const GrammarVerb& verb, const std::string& name) {
    for (const GrammarOption& option : verb.options) {
        if (std::find(option.names.begin(), option.names.end(), name) != option.names.end()) return &option;
    }
    return nullptr;
}

const GrammarVerb* findVerb(const GrammarVerb& verb, const std::string& name) {
    for (const GrammarVerb& each : verb.verbs) {
        if (each.name == name) return &each;
    }
    return nullptr;
}

class Completer {
  public:
    Completer(const GrammarVerb& program, const AskNames& ask) : verb_(&program), ask_(ask) {}

    std::string complete(const std::vector<std::string>& words) {
        for (std::size_t i = 0; i + 1 < words.size(); ++i) read(words[i]);
        answerFor(words.empty() ? "" : words.back());
        return out_ + fmt::format(":{}\n", directive_);
    }

  private:
    // A word before the one to complete.
    void read(const std::string& word) {
        if (expected_ != nullptr) {
            remember(*expected_, word);
            expected_ = nullptr;
        } else if (!onlyPositionals_ && word == "--") {
            onlyPositionals_ = true;
        } else if (!onlyPositionals_ && word.size() > 1 && word.front() == '-') {
            readOption(word);
        } else if (const GrammarVerb* verb = findVerb(*verb_, word); verb != nullptr && positionals_ == 0) {
            verb_ = verb;
        } else {
            ++positionals_;
        }
    }

    void readOption(const std::string& word) {
        const std::size_t equals = word.find('=');
        if (const GrammarOption* option = findOption(*verb_, word.substr(0, equals)); option != nullptr) {
            if (option->value.empty()) return;
            if (equals == std::string::npos) {
                expected_ = option;
            } else {
                remember(*option, word.substr(equals + 1));
            }
        } else if (const GrammarOption* shortOne = findOption(*verb_, word.substr(0, 2)); shortOne != nullptr) {
            remember(*shortOne, word.substr(2));  // -nsearch
        }
    }

    void remember(const GrammarOption& option, const std::string& value) {
        const std::string& name = option.names.front();
        if (name == "--kubeconfig") question_.connection.kubeconfig = value;
        if (name == "--context") question_.connection.context = value;
        if (name == "--namespace") question_.ns = value;
    }

    void answerFor(const std::string& begun) {
        const std::size_t equals = begun.find('=');
        if (expected_ != nullptr) {
            addValues(expected_->value, "", begun);
        } else if (!onlyPositionals_ && begun.starts_with("--") && equals != std::string::npos) {
            const GrammarOption* option = findOption(*verb_, begun.substr(0, equals));
            if (option != nullptr) addValues(option->value, begun.substr(0, equals + 1), begun.substr(equals + 1));
        } else if (!onlyPositionals_ && begun.starts_with("-")) {
            for (const GrammarOption& option : verb_->options) add(option.names.front(), option.help, begun);
        } else if (!verb_->verbs.empty()) {
            for (const GrammarVerb& verb : verb_->verbs) add(verb.name, verb.help, begun);
        } else if (positionals_ < verb_->positionals.size()) {
            addValues(verb_->positionals[positionals_], "", begun);
        }
    }

    void addValues(const std::string& kind, const std::string& before, const std::string& begun) {
        static const std::vector<std::string> kNames = {"POLICY", "TEAM", "NAMESPACE"};
        if (kind == "FILE") {
            directive_ = kFiles;
        } else if (std::find(kNames.begin(), kNames.end(), kind) != kNames.end()) {
            question_.kind = kind;
            for (const std::string& name : ask_(question_)) add(before + name, "", before + begun);
        } else if (kind.find('|') != std::string::npos) {
            for (std::size_t begin = 0; begin <= kind.size();) {
                const std::size_t end = std::min(kind.find('|', begin), kind.size());
                add(before + kind.substr(begin, end - begin), "", before + begun);
                begin = end + 1;
            }
        }
    }

    void add(const std::string& candidate, const std::string& help, const std::string& begun) {
        if (!candidate.starts_with(begun)) return;
        out_ += candidate + (help.empty() ? "" : "\t" + help) + "\n";
    }

    const GrammarVerb* verb_;
    const AskNames& ask_;
    const GrammarOption* expected_ = nullptr;  // the option whose value is the next word
    bool onlyPositionals_ = false;
    std::size_t positionals_ = 0;
    NameQuestion question_;
    std::string out_;
    int directive_ = kNoFiles;
};

}  // namespace

std::string complete(const GrammarVerb& program, const std::vector<std::string>& words, const AskNames& ask) {
    return Completer{program, ask}.complete(words);
}

}  // namespace bursar::cli
