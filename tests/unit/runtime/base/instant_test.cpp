#include "operator/runtime/base/instant.hpp"

#include <catch2/catch.hpp>

using namespace bursar;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;

TEST_CASE("RFC 3339 instants are read in UTC") {
    struct Case {
        const char* text;
        const char* wanted;  // empty: refused
    };
    const Case cases[] = {
        {"2026-11-24T08:00:00Z", "2026-11-24T08:00:00.000000Z"},
        {"2026-11-24T09:00:00+01:00", "2026-11-24T08:00:00.000000Z"},
        {"2026-03-29T02:30:00+02:00", "2026-03-29T00:30:00.000000Z"},  // an hour that Berlin's clocks skip
        {"2028-02-29T00:00:00Z", "2028-02-29T00:00:00.000000Z"},
        {"2026-11-24t08:00:00.5z", "2026-11-24T08:00:00.500000Z"},
        {"2026-11-24T08:00:00.1234567Z", "2026-11-24T08:00:00.123456Z"},
        {"2016-12-31T23:59:60Z", "2016-12-31T23:59:59.999999Z"},
        {"2026-02-29T00:00:00Z", ""},
        {"2026-11-31T00:00:00Z", ""},
        {"2026-11-24T24:00:00Z", ""},
        {"2026-11-24T08:00:00", ""},
        {"2026-11-24", ""},
        {"2026-11-24T08:00:00.Z", ""},
        {"2026-11-24T08:00:00+25:00", ""},
        {"2026-11-24T08:00:00Zx", ""},
        {"", ""},
    };
    for (const Case& c : cases) {
        INFO(c.text);
        const auto read = parseInstant(c.text);
        CHECK((read ? formatMicroInstant(*read) : "") == c.wanted);
    }
}

TEST_CASE("Go durations") {
    CHECK(parseDuration("72h") == Duration{hours{72}});
    CHECK(parseDuration("1h30m") == Duration{minutes{90}});
    CHECK(parseDuration("1.5h") == Duration{minutes{90}});
    CHECK(parseDuration("250ms") == Duration{milliseconds{250}});
    CHECK(parseDuration("0") == Duration{0});
    for (const char* bad : {"", "h", "5", "-1h", "1d", "1h-5m", ".h", "99999999999999h", "1h 5m"}) {
        INFO(bad);
        CHECK_FALSE(parseDuration(bad).has_value());
    }
    CHECK(formatDuration(hours{168}) == "168h0m0s");
    CHECK(formatDuration(minutes{5}) == "5m0s");
    CHECK(formatDuration(Duration{0}) == "0s");
}

TEST_CASE("an instant beyond what RFC 3339 can say is written as the last that it can, and read again") {
    CHECK(formatInstant(kLatestInstant) == "9999-12-31T23:59:59Z");
    CHECK(formatInstant(kLatestInstant + std::chrono::seconds{1}) == "9999-12-31T23:59:59Z");
    CHECK(formatInstant(*parseInstant("9999-12-31T23:59:59.5Z") + hours{24}) == "9999-12-31T23:59:59Z");
    CHECK(formatMicroInstant(Instant::max()) == "9999-12-31T23:59:59.000000Z");
    CHECK(formatInstant(Instant::min()) == "0000-01-01T00:00:00Z");
    CHECK(parseInstant(formatInstant(Instant::max())));
    CHECK(parseInstant(formatInstant(Instant::min())));
}
