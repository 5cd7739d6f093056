// The real PostgreSQL server that hack/run_suites.py started, by libpq's environment, as an administrator sees it.
#pragma once

#include <catch2/catch.hpp>
#include <cstdlib>
#include <pqxx/pqxx>
#include <string>

namespace bursar::testing {

// Runs statements in one transaction, with triggers or without.
inline pqxx::result asAdministrator(const std::string& sql) {
    REQUIRE(std::getenv("PGHOST") != nullptr);  // a missing server is a failure, never a skipped test
    pqxx::connection connection{"application_name=administrator"};
    const pqxx::quiet_errorhandler quiet{connection};
    pqxx::work transaction{connection};
    auto result = transaction.exec(sql);
    transaction.commit();
    return result;
}

inline std::string valueOf(const std::string& query) { return asAdministrator(query)[0][0].c_str(); }

// What the server says to a statement that it refuses.
inline std::string refusalOf(const std::string& sql) {
    try {
        asAdministrator(sql);
    } catch (const pqxx::sql_error& refused) {
        return refused.what();
    }
    return "";
}

// A variable of the environment has another value while this lives; libpq reads it when it connects.
class Variable {
  public:
    Variable(const char* name, const std::string& value) : name_(name) {
        if (const char* before = std::getenv(name)) before_ = before;
        setenv(name, value.c_str(), 1);
    }
    ~Variable() {
        if (before_.empty()) {
            unsetenv(name_);
        } else {
            setenv(name_, before_.c_str(), 1);
        }
    }
    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;

  private:
    const char* name_;
    std::string before_;
};

}  // namespace bursar::testing
