#include "controllers/api/pricing.hpp"

#include <catch2/catch.hpp>

#include "controllers/api/allocation_policy.hpp"

using namespace bursar;
using namespace bursar::api;

TEST_CASE("a price is read exactly and printed without trailing zeros") {
    CHECK(parsePrice("2.50")->billionths == 2'500'000'000);
    CHECK(parsePrice("0.075")->billionths == 75'000'000);
    CHECK(parsePrice("999999999.999999999")->billionths == 999'999'999'999'999'999);
    CHECK(parsePrice("15")->billionths == 15'000'000'000);
    for (const char* text : {"2.50", "0.075", "15.00", "0.000000001"}) CHECK(formatPrice(*parsePrice(text)) == text);
    for (const char* text :
         {"", ".", "2.", ".5", "-1", "+1", "1e3", "2,50", "1.0000000001", "1234567890", " 1", "0x1"}) {
        INFO(text);
        CHECK_FALSE(parsePrice(text));
    }
}

TEST_CASE("a cost is rounded once, half to even, to the currency's minor unit") {
    struct Case {
        std::int64_t tokens;
        const char* price;
        const char* currency;
        std::int64_t minorUnits;
    };
    const Case cases[] = {
        {1'000'000, "2.50", "EUR", 250},
        {1, "2.50", "EUR", 0},       // 0.00025 cents
        {2'000, "2.50", "EUR", 0},   // 0.5 cents: to the even 0
        {6'000, "2.50", "EUR", 2},   // 1.5 cents: to the even 2
        {10'000, "2.50", "EUR", 2},  // 2.5 cents: to the even 2
        {10'001, "2.50", "EUR", 3},  // 2.50025 cents
        {-6'000, "2.50", "EUR", -2},
        {1'000'000, "2.50", "JPY", 2},  // 2.5 yen
        {1'000'000, "3.50", "JPY", 4},
        {1'000'000, "2.5005", "KWD", 2500},  // 2500.5 fils
        {9'000'000'000'000'000, "999999999.999999999", "EUR", INT64_MAX},
        {INT64_MIN, "999999999.999999999", "KWD", -INT64_MAX},
    };
    for (const Case& c : cases) {
        INFO(c.tokens << " at " << c.price << " " << c.currency);
        CHECK(costOf(c.tokens, *parsePrice(c.price), minorUnitDigits(c.currency)) == c.minorUnits);
    }
}

TEST_CASE("money is printed with its currency's digits") {
    CHECK(formatMoney(123'450, 2) == "1234.50");
    CHECK(formatMoney(-5, 2) == "-0.05");
    CHECK(formatMoney(7, 0) == "7");
    CHECK(formatMoney(1, 3) == "0.001");
    CHECK(formatMoneyForPeople(123'456'789, 2) == "1,234,567.89");
    CHECK(formatMoney(INT64_MIN, 2) == "-92233720368547758.08");
}

TEST_CASE("a glob matches as in a shell, and hostile globs take bounded time") {
    CHECK(matchesGlob("gpt-4o*", "gpt-4o-mini"));
    CHECK(matchesGlob("*", ""));
    CHECK(matchesGlob("a?c", "abc"));
    CHECK(matchesGlob("*sonnet*", "claude-3-5-sonnet-latest"));
    CHECK_FALSE(matchesGlob("gpt-4o", "gpt-4o-mini"));
    CHECK_FALSE(matchesGlob("gpt-4[o]", "gpt-4o"));  // no classes: the text itself
    CHECK_FALSE(matchesGlob("?", ""));
    CHECK_FALSE(matchesGlob("*a*a*a*a*a*a*a*a*a*b", std::string(5000, 'a')));
}

TEST_CASE("prices and chargeback are read from a policy, and a wrong price is an error of its field") {
    const auto read = [](const nlohmann::json& pricing) {
        return parseAllocationPolicy(
            {{"metadata", {{"name", "main"}}},
             {"spec",
              {{"pools", {{{"name", "chat"}, {"tokensPerWindow", 1}}}},
               {"pricing", pricing},
               {"chargeback",
                {{"closeAfter", "48h"},
                 {"idleCost", "Share"},
                 {"delivery",
                  {{"webhook",
                    {{"url", "https://finance.example/hook"},
                     {"hmacSecretRef", {{"namespace", "bursar-system"}, {"name", "hook"}, {"key", "secret"}}}}}}}}}}}});
    };
    const auto policy = read({{"currency", "EUR"},
                              {"models",
                               {{{"model", "gpt-4o"},
                                 {"effectiveFrom", "2026-07-01"},
                                 {"inputPerMillion", "2.50"},
                                 {"outputPerMillion", "10"}}}}});
    REQUIRE(policy.errors.empty());
    REQUIRE(policy.pricing.models.size() == 1);
    CHECK(policy.pricing.models[0].cachedInput == policy.pricing.models[0].input);
    CHECK(policy.pricing.models[0].effectiveFrom == *parseInstant("2026-07-01T00:00:00Z"));
    CHECK(policy.chargeback.closeAfter == std::chrono::hours{48});
    CHECK(policy.chargeback.idleCost == IdleCost::Share);
    CHECK(policy.chargeback.webhook->hmacSecretRef == SecretKeyRef{"bursar-system", "hook", "secret"});

    const auto wrong = read({{"currency", "EUR"},
                             {"models",
                              {{{"model", "gpt-4o"},
                                {"effectiveFrom", "July"},
                                {"inputPerMillion", "2,50"},
                                {"outputPerMillion", "10"}}}}});
    REQUIRE(wrong.errors.size() == 2);
    CHECK(wrong.errors[0].field == "spec.pricing.models[0].effectiveFrom");
    CHECK(wrong.errors[1].field == "spec.pricing.models[0].inputPerMillion");
}
