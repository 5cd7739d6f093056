#include "controllers/ledger/postgres_session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <type_traits>

#include "operator/runtime/base/utf8.hpp"

namespace bursar::ledger {
namespace {

// The first is enough to read a large chain; the second bounds the wait for a locked row.
constexpr const char* kStatementTimeout = "'60s'";
constexpr const char* kLockTimeout = "'10s'";
constexpr std::size_t kMostSaid = 2000;  // bytes of a message of the server

// Keepalives notice a vanished peer within half a minute. The environment may set every other connection option except
// TLS: over a network the server's certificate and name are always verified (a Unix socket needs no TLS).
std::string connectionOptions() {
    std::string options =
        "client_encoding=UTF8 fallback_application_name=bursar sslmode=verify-full ssl_min_protocol_version=TLSv1.2 "
        "gssencmode=disable keepalives_idle=10 keepalives_interval=5 "
        "keepalives_count=3 tcp_user_timeout=20000";
    if (std::getenv("PGCONNECT_TIMEOUT") == nullptr) options += " connect_timeout=10";
    return options;
}

// The server's message in one line. Before the encoding is agreed on, it may be in the server's own.
std::string inOneLine(std::string text) {
    text = boundedText(text, kMostSaid);
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
    text.erase(std::unique(text.begin(), text.end(), [](char a, char b) { return a == ' ' && b == ' '; }), text.end());
    if (!text.empty() && text.back() == ' ') text.pop_back();
    return text;
}

Error unavailable(const std::string& message) {
    return makeError(ErrorCode::Unavailable, fmt::format("PostgreSQL cannot be reached: {}", inOneLine(message)));
}

// libpqxx 6 leaves the SQLSTATE out of errors it has classes for.
std::string stateOf(const pqxx::sql_error& problem) {
    if (!problem.sqlstate().empty()) return problem.sqlstate();
    if (dynamic_cast<const pqxx::insufficient_privilege*>(&problem) != nullptr) return "42501";
    if (dynamic_cast<const pqxx::insufficient_resources*>(&problem) != nullptr) return "53000";
    if (dynamic_cast<const pqxx::unique_violation*>(&problem) != nullptr) return "23505";
    return "";
}

}  // namespace

Error errorOf(const std::string& sqlstate, const std::string& message) {
    const auto say = [&](ErrorCode code, const char* advice) {
        return makeError(code, fmt::format("PostgreSQL: {}{}", inOneLine(message), advice));
    };
    const std::string group = sqlstate.substr(0, 2);
    if (sqlstate == "42501") {
        return say(ErrorCode::Forbidden, "; grant the role what docs/ledger.md lists");
    }
    if (sqlstate == "25006") {
        return say(ErrorCode::Unavailable, "; write to the primary (PGTARGETSESSIONATTRS=read-write finds it)");
    }
    if (sqlstate == "57014" || sqlstate == "55P03") return say(ErrorCode::Timeout, "");
    if (group == "40" || sqlstate == "23505") return say(ErrorCode::Conflict, "; another writer was first");
    // 08 connection, 53 resources, 57 an operator's intervention, 58 the server's own system.
    if (group == "08" || group == "53" || group == "57" || group == "58") return say(ErrorCode::Unavailable, "");
    return say(ErrorCode::InvalidArgument, "");
}

Result<void> PostgresSession::connect() {
    live_ = std::make_unique<Live>(connectionOptions());
    // libpqxx sets variables again when it reconnects by itself.
    live_->connection.set_variable("statement_timeout", kStatementTimeout);
    live_->connection.set_variable("lock_timeout", kLockTimeout);
    live_->connection.set_variable("idle_in_transaction_session_timeout", kStatementTimeout);
    pqxx::work transaction{live_->connection};
    if (auto prepared = prepare_(transaction); !prepared) return prepared;
    return commit(transaction);
}

// Acquires the permit just before the commit and holds it until the server replies.
Result<void> PostgresSession::commit(pqxx::work& transaction) {
    kube::Fence::Permit permit;
    if (fence_) {
        auto entered = fence_->enter();
        if (!entered) return entered.error();
        permit = std::move(*entered);
    }
    transaction.commit();
    return {};
}

template <typename Transaction>
Result<void> PostgresSession::run(const Work& work) {
    const auto lost = [this](Error error) {
        live_.reset();
        return error;
    };
    try {
        if (!live_) {
            if (auto connected = connect(); !connected) return lost(connected.error());
        }
        Transaction transaction{live_->connection};
        if (auto done = work(transaction); !done) return done;
        if constexpr (std::is_same_v<Transaction, pqxx::work>) return commit(transaction);
        transaction.commit();
        return {};
    } catch (const pqxx::broken_connection& problem) {
        return lost(unavailable(problem.what()));
    } catch (const pqxx::in_doubt_error& problem) {
        return lost(unavailable(problem.what()));
    } catch (const pqxx::sql_error& problem) {
        Error error = errorOf(stateOf(problem), problem.what());
        return error.code == ErrorCode::Unavailable ? lost(std::move(error)) : error;
    } catch (const pqxx::transaction_rollback& problem) {
        return makeError(ErrorCode::Conflict, fmt::format("PostgreSQL: {}", inOneLine(problem.what())));
    } catch (const pqxx::failure& problem) {
        return lost(unavailable(problem.what()));
    } catch (const std::exception& problem) {
        return lost(makeError(ErrorCode::InvalidArgument,
                              fmt::format("the answer of PostgreSQL cannot be used: {}", inOneLine(problem.what()))));
    }
}

Result<void> PostgresSession::read(const Work& work) {
    return run<pqxx::transaction<pqxx::repeatable_read, pqxx::read_only>>(work);
}

Result<void> PostgresSession::write(const Work& work) { return run<pqxx::work>(work); }

}  // namespace bursar::ledger
