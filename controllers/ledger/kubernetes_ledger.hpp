// The ledger in ConfigMaps of the operator's namespace (docs/adr/0012-ledger.md).
//
// Form: a chain has one head, and parts. The head is the truth: it has the chain's begin and end, the names of the
// parts with the older records, in order, and the newer records. Parts are immutable and named by generation and
// content. Flow of a commit: create the new parts, replace the head under its resourceVersion, remove the parts that it
// no longer names. Only the head counts: a crash before its write changes nothing, and a crash after it leaves unnamed
// parts. The next commit removes those of generations up to the head's; parts of the next generation may belong to
// another leader that is about to name them. Guarantees: of two writers one gets Conflict; a missing head beside parts
// is an error, never an empty chain.
#pragma once

#include <map>
#include <memory>

#include "controllers/ledger/ledger.hpp"
#include "operator/runtime/kube/client.hpp"

namespace bursar::ledger {

class KubernetesLedger final : public Ledger {
  public:
    static constexpr std::size_t kHeadBytes = 384 << 10;
    static constexpr std::size_t kPartBytes = 768 << 10;

    // A head above `headBytes` moves its oldest records to parts of at most `partBytes`. Tests use smaller sizes.
    KubernetesLedger(std::shared_ptr<kube::Client> client, std::string ns, std::size_t headBytes = kHeadBytes,
                     std::size_t partBytes = kPartBytes);
    // A ledger that cannot write: commit() and keepStatement() are InvalidArgument.
    static std::unique_ptr<KubernetesLedger> toRead(std::shared_ptr<kube::Reader> reader, std::string ns);

    Result<void> commit(const StoredChain& chain) override;
    Result<std::vector<std::string>> policies() override;

    // A statement is one immutable ConfigMap, or several if it is large. The first is created last, so that readers
    // find the whole statement or none.
    Result<void> keepStatement(const StatementName& name, const std::string& body) override;
    Result<std::string> statement(const StatementName& name) override;
    Result<std::vector<std::string>> statements(const std::string& policy) override;

  protected:
    Result<StoredLines> readLines(const ChainName& name) override;

  private:
    static Error openedToRead();

    struct Part {
        std::string name;
        std::int64_t first = 0;  // number of the oldest record in it
        Link last;               // the newest
    };
    struct Unused {
        std::string name;
        std::string uid;
    };
    // The stored state of a chain, as of the last read or commit.
    struct Layout {
        std::string headVersion;  // empty: there is no head yet
        std::int64_t generation = 0;
        std::vector<Part> parts;
        std::vector<Unused> unused;
    };

    KubernetesLedger(std::shared_ptr<kube::Reader> reader, std::shared_ptr<kube::Writer> writer, std::string ns,
                     std::size_t headBytes, std::size_t partBytes);
    Result<StoredLines> assemble(const ChainName& name, const std::vector<kube::Json>& objects, Layout& layout) const;
    Result<void> createPart(const ChainName& name, std::int64_t generation, const std::string& lines, Part& part);
    Result<std::string> writeHead(const StoredChain& chain, const Layout& layout, const std::string& lines);
    Result<void> store(const StoredChain& chain, Layout& layout);
    void removeUnused(Layout& layout);

    const std::shared_ptr<kube::Reader> reader_;
    const std::shared_ptr<kube::Writer> writer_;  // null: this ledger writes nothing
    const std::string ns_;
    const std::size_t headBytes_;
    const std::size_t partBytes_;
    std::map<ChainName, Layout> layouts_;  // of chains without an error since they were read
};

}  // namespace bursar::ledger
