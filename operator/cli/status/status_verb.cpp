// The verbs status and top, which show the same table: once, or live.
#include <fmt/format.h>
#include <map>

#include "operator/cli/status/status_command.hpp"
#include "operator/cli/status/top_command.hpp"
#include "operator/cli/verb/grammar.hpp"
#include "operator/runtime/base/clock.hpp"

namespace bursar::cli {
namespace {

const std::map<std::string, SortBy> kOrders = {
    {"used", SortBy::Used}, {"team", SortBy::Team}, {"granted", SortBy::Granted}, {"cost", SortBy::Cost}};

const std::map<std::string, ColorMode> kColors = {
    {"auto", ColorMode::Auto}, {"always", ColorMode::Always}, {"never", ColorMode::Never}};

const std::map<std::string, StatusFormat> kForms = {
    {"table", StatusFormat::Table}, {"wide", StatusFormat::Wide}, {"json", StatusFormat::Json}};

// Options that `status` and `top` share.
struct StatusVerb {
    Connection connection;
    StatusOptions options;
    std::string form;
    std::string order;
    std::string color = wordFor(StatusOptions{}.color, kColors);

    // Completes `options` and connects.
    Result<std::shared_ptr<kube::Client>> connect() {
        options.format = kForms.at(askedFor(form));
        options.query.sortBy = kOrders.at(order);
        options.color = kColors.at(color);
        auto own = connection.contextNamespace();
        if (!own) return own.error();
        options.query.ownNamespace = std::move(*own);
        return connection.connect();
    }
};

void addStatusOptions(CLI::App& verb, StatusVerb& given, SortBy order) {
    given.order = wordFor(order, kOrders);
    StatusQuery& query = given.options.query;
    addConnection(verb, given.connection);
    verb.add_option("policy", query.policy, "only this AllocationPolicy (default: all)")->type_name("POLICY");
    auto* ns = verb.add_option("-n,--namespace", query.ns, "only TeamQuotas of this namespace")->type_name("NAMESPACE");
    verb.add_flag("-A,--all-namespaces", query.allNamespaces,
                  "TeamQuotas of every namespace, or an error (default: of every namespace, or only of the context's "
                  "if you may "
                  "not read the others)")
        ->excludes(ns);
    verb.add_option("--sort-by", given.order, fmt::format("order of the teams (default: {})", given.order))
        ->check(CLI::IsMember(kOrders))
        ->option_text("used|team|granted|cost");
    verb.add_option("--color", given.color,
                    fmt::format("colours; auto: on a terminal, unless $NO_COLOR is set (default: {})", given.color))
        ->check(CLI::IsMember(kColors))
        ->option_text("auto|always|never");
}

}  // namespace

void addStatusVerb(CLI::App& app, Action& action) {
    CLI::App* verb = app.add_subcommand("status", "show what every team was granted and used, and what it costs");
    const auto given = std::make_shared<StatusVerb>();
    addStatusOptions(*verb, *given, StatusQuery{}.sortBy);
    addOutput(*verb, given->form, {"table", "wide", "json"});
    verb->callback([&action, given] {
        action = [given] {
            const auto client = given->connect();
            if (!client) return cannotConnect("status", client.error());
            return printAs(given->form, runStatus(**client, given->options, SystemClock{}.now()));
        };
    });
}

void addTopVerb(CLI::App& app, Action& action) {
    struct Given : StatusVerb {
        std::string interval = formatDuration(TopOptions{}.interval);
        int count = 0;
        bool once = false;
    };
    CLI::App* verb = app.add_subcommand("top", "show the status live; q ends it, s sorts, arrows scroll");
    const auto given = std::make_shared<Given>();
    addStatusOptions(*verb, *given, SortBy::Used);
    given->form = wordFor(StatusOptions{}.format, kForms);
    verb->add_option("-o,--output", given->form, fmt::format("form of the output (default: {})", given->form))
        ->check(CLI::IsMember(kForms))
        ->option_text("table|wide|json");
    verb->add_option("--interval", given->interval,
                     fmt::format("how often to draw or print (default: {})", given->interval))
        ->check(checkDuration)
        ->option_text("DURATION");
    auto* count = verb->add_option("--count", given->count, "print this many tables, then exit")
                      ->check(CLI::Range(1, 1'000'000))
                      ->option_text("N");
    verb->add_flag("--once", given->once, "print one table, then exit")->excludes(count);
    verb->callback([&action, given] {
        action = [given] {
            const SignalStop stop;
            const auto client = given->connect();
            if (!client) return cannotConnect("top", client.error());
            TopOptions options{given->options,
                               std::chrono::ceil<std::chrono::milliseconds>(*parseDuration(given->interval)),
                               given->once ? 1 : given->count};
            return runTop(*client, options, stop.token());
        };
    });
}

}  // namespace bursar::cli
