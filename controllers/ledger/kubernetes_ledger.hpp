// The ledger in ConfigMaps of the operator's namespace (docs/adr/0012-ledger.md).
//
// Form: a policy has one head, and parts. The head is the truth: where the chain begins and ends, which parts hold its
// older records, in order, and the newer records themselves. Parts are immutable and named by generation and content.
// Flow of a commit: create the parts that are new, replace the head under its resourceVersion, remove the parts it
// names no more. Only the head counts, so a crash before its write changed nothing, and one after it leaves parts nobody
// names; those are removed by the next commit, and only when they are of a generation the head has passed: what another
// leader is about to name is of the next.
// Guarantees: of two writers one gets Conflict; a head that is gone while parts remain is an error, never an empty chain.
#pragma once

#include <map>
#include <memory>

#include "controllers/ledger/ledger.hpp"
#include "operator/kube/client.hpp"

namespace bursar::ledger {

class KubernetesLedger final : public Ledger {
  public:
    // The sizes are for tests: a head above `headBytes` hands its oldest records to parts of at most `partBytes`.
    KubernetesLedger(std::shared_ptr<kube::Client> client, std::string ns, std::size_t headBytes = 384 << 10,
                     std::size_t partBytes = 768 << 10);

    Result<Chain> read(const std::string& policy) override;
    Result<void> commit(const Chain& chain) override;
    Result<std::vector<std::string>> policies() override;

  private:
    struct Part {
        std::string name;
        std::int64_t first = 0;  // number of the oldest record in it
        Link last;               // the newest
    };
    struct Unused {
        std::string name;
        std::string uid;
    };
    // What is stored of a policy, as this object knows it.
    struct Layout {
        std::string headVersion;  // empty: there is no head yet
        std::int64_t generation = 0;
        std::vector<Part> parts;
        std::vector<Unused> unused;
    };

    Result<Chain> assemble(const std::string& policy, const std::vector<kube::Json>& objects, Layout& layout) const;
    Result<void> createPart(const std::string& policy, std::int64_t generation, const std::string& lines, Part& part);
    Result<std::string> writeHead(const Chain& chain, const Layout& layout, const std::string& lines);
    Result<void> store(const Chain& chain, Layout& layout);
    void removeUnused(Layout& layout);

    const std::shared_ptr<kube::Client> client_;
    const std::string ns_;
    const std::size_t headBytes_;
    const std::size_t partBytes_;
    std::map<std::string, Layout> layouts_;  // by policy: read or committed, and not failed since
};

}  // namespace bursar::ledger
