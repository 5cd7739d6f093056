// Statements for tests of output: one with every part, one in a currency without cents, and one with hostile text in
// every name.
#pragma once

#include <string>

#include "controllers/treasury/chargeback/statement.hpp"

namespace bursar::testing {

inline Instant dayOf(const std::string& text) { return *parseInstant(text + "T00:00:00Z"); }

class StatementBuilder {
  public:
    StatementBuilder(std::string currency, treasury::PlanningPeriod period) {
        statement_.policy = "main";
        statement_.period = period;
        statement_.currency = std::move(currency);
        statement_.closed = true;
        statement_.issuedAt = period.span().end + std::chrono::hours{24};
        statement_.meteredUntil = period.span().end;
        statement_.sponsor = "Chief Technology Officer";
        statement_.financeContact = "finance-partner@example.org";
    }
    // Lines that follow are this cost centre's and team's.
    StatementBuilder& payer(std::string costCenter, std::string team, std::string pool = "chat") {
        head_.costCenter = std::move(costCenter);
        head_.team = std::move(team);
        head_.pool = std::move(pool);
        return *this;
    }
    // An empty text is no price.
    StatementBuilder& used(const std::string& model, api::TokenType type, std::int64_t tokens,
                           const std::string& price) {
        return usedFrom(statement_.period.span(), model, type, tokens, price);
    }
    StatementBuilder& usedFrom(treasury::TimeWindow days, const std::string& model, api::TokenType type,
                               std::int64_t tokens, const std::string& price) {
        treasury::StatementLine line = head_;
        line.model = model;
        line.type = type;
        line.span = days;
        line.tokens = tokens;
        if (!price.empty()) line.price = api::parsePrice(price);
        if (line.price) line.amount = api::costOf(tokens, *line.price, statement_.digits());
        statement_.lines.push_back(std::move(line));
        return *this;
    }
    StatementBuilder& corrected(const std::string& model, api::TokenType type, std::int64_t tokens, std::int64_t amount,
                                std::string note) {
        treasury::StatementLine line = head_;
        line.kind = treasury::LineKind::Correction;
        line.model = model;
        line.type = type;
        line.span = treasury::periodAt(statement_.period.span().start - Duration{1}, statement_.period.kind).span();
        line.tokens = tokens;
        line.amount = amount;
        line.note = std::move(note);
        statement_.lines.push_back(std::move(line));
        return *this;
    }
    StatementBuilder& idleShare(std::string costCenter, std::string pool, std::int64_t tokens, std::int64_t amount) {
        treasury::StatementLine line;
        line.kind = treasury::LineKind::IdleShare;
        line.costCenter = std::move(costCenter);
        line.note = "Share of the burst reserve of pool " + pool + " that nobody drew";
        line.pool = std::move(pool);
        line.span = statement_.period.span();
        line.tokens = tokens;
        line.amount = amount;
        statement_.lines.push_back(std::move(line));
        return *this;
    }
    treasury::Statement& raw() { return statement_; }

  private:
    treasury::Statement statement_;
    treasury::StatementLine head_;
};

// November 2026 in euros: four payers and one team without a payer, a price that changes within the month, an unpriced
// model, a correction, shares of the idle reserve, two gaps, loans, forecasts.
inline treasury::Statement richStatement() {
    using enum api::TokenType;
    const treasury::TimeWindow early{dayOf("2026-11-01"), dayOf("2026-11-15")};
    const treasury::TimeWindow late{dayOf("2026-11-15"), dayOf("2026-12-01")};
    StatementBuilder builder{"EUR", {api::Period::Month, 2026, 11}};
    builder.payer("", "skunkworks").used("gpt-4o-mini", Input, 1'999, "0.15").used("gpt-4o-mini", Output, 77, "0.60");
    builder.idleShare("CC-1001", "chat", 21'428'571, 5'357)
        .payer("CC-1001", "research")
        .used("claude-sonnet-4-5", Input, 61'204'118, "3.00")
        .used("claude-sonnet-4-5", CachedInput, 240'118'902, "0.30")
        .used("claude-sonnet-4-5", Output, 18'990'420, "15.00")
        .corrected("claude-sonnet-4-5", Output, 0, -1'250,
                   "Correction of 2026-10: 2,500,000 tokens are 37.50 EUR, 50.00 were charged")
        .usedFrom(early, "gpt-4o", Input, 12'345'678, "2.50")
        .usedFrom(late, "gpt-4o", Input, 23'456'789, "2.00")
        .usedFrom(early, "gpt-4o", Output, 1'234'567, "10.00")
        .usedFrom(late, "gpt-4o", Output, 2'345'678, "8.00")
        .used("llama-4-scout-preview", Input, 4'200'000, "")
        .used("llama-4-scout-preview", Output, 310'000, "");
    builder.idleShare("CC-2007", "chat", 8'571'429, 2'143)
        .payer("CC-2007", "assistant")
        .used("gpt-4o", Input, 5'000'000, "2.25")
        .payer("CC-2007", "storefront")
        .used("gpt-4o-mini", Input, 98'765'432, "0.15")
        .used("gpt-4o-mini", CachedInput, 12'000'001, "0.075")
        .used("gpt-4o-mini", Output, 9'876'543, "0.60")
        .payer("CC-2007", "storefront", "embeddings")
        .used("text-embedding-3-small", Input, 750'000'000, "0.02");
    builder.payer("CC-3300", "insights").used("gpt-4o-mini", Input, 33'333, "0.15");
    treasury::Statement& statement = builder.raw();
    statement.gaps = {{*parseInstant("2026-11-09T02:14:00Z"), *parseInstant("2026-11-09T02:31:30Z"),
                       "Prometheus was not scraping the limiter, which restarted meanwhile"},
                      {dayOf("2026-11-21"), *parseInstant("2026-11-21T00:05:00Z"), "the usage source did not answer"}};
    statement.forecasts = {{"CC-1001", "research", "chat", 15'000'000, 12'113'038, 30},
                           {"CC-2007", "storefront", "chat", 3'000'000, 4'021'399, 30},
                           {"CC-3300", "insights", "chat", 2'000'000, 1'111, 30},
                           {"CC-3300", "insights", "embeddings", 0, 0, 30}};
    statement.loans = {{"research", "benchmark-week", "research", "chat", api::Tokens{45'000'000}},
                       {"storefront", "launch", "storefront", "chat", api::Tokens{60'000}}};
    statement.idle = {{"chat", 75'060'000, 45'060'000, 30'000'000, 7'500}, {"embeddings", 1'000'000, 0, 1'000'000, {}}};
    statement.idleShared = true;
    statement.unpricedModels = {"llama-4-scout-preview"};
    return statement;
}

// The fourth quarter of 2026 in yen, a draft.
inline treasury::Statement yenDraft() {
    using enum api::TokenType;
    StatementBuilder builder{"JPY", {api::Period::Quarter, 2026, 4}};
    builder.payer("R&D", "kenkyu").used("gpt-4o", Input, 3'333, "375.00").used("gpt-4o", Output, 1'000'000, "1500.50");
    treasury::Statement& statement = builder.raw();
    statement.closed = false;
    statement.issuedAt = *parseInstant("2026-11-24T15:30:00Z");
    statement.meteredUntil = dayOf("2026-11-24");
    return statement;
}

// A statement in which every text is `text`.
inline treasury::Statement hostileStatement(const std::string& text) {
    using enum api::TokenType;
    StatementBuilder builder{"EUR", {api::Period::Month, 2026, 11}};
    builder.payer(text, text, text).used(text, Input, 2'000'000, "1.00").used(text, Output, 5, "");
    builder.corrected(text, Input, -1, -100, text).idleShare(text, text, 10, 50);
    treasury::Statement& statement = builder.raw();
    statement.lines.back().note = text;
    statement.policy = text;
    statement.sponsor = text;
    statement.financeContact = text;
    statement.gaps = {{dayOf("2026-11-02"), dayOf("2026-11-03"), text}};
    statement.forecasts = {{text, text, text, 10, 5, 30}};
    statement.loans = {{text, text, text, text, api::Tokens{7}}};
    statement.idle = {{text, 20, 10, 10, 50}};
    statement.unpricedModels = {text};
    return statement;
}

// Texts that make a spreadsheet, browser or terminal do something if they are not escaped.
inline const std::vector<std::string>& hostileTexts() {
    static const std::vector<std::string> kTexts = {"=cmd|'/C calc'!A0",
                                                    "=HYPERLINK(\"http://example.org\",\"x\")",
                                                    "+1+1",
                                                    "-2+3",
                                                    "@SUM(1)",
                                                    "\t=1",
                                                    "\r=1",
                                                    "  =1",
                                                    "\uFF1D1+1",
                                                    "a\"b,c",
                                                    "one\ntwo\r\nthree",
                                                    "<script>alert(1)</script>",
                                                    "\"><img src=x onerror=alert(1)>",
                                                    "'><svg/onload=alert(1)>",
                                                    "&lt;b&gt; & <b>",
                                                    "a|b | c",
                                                    "`x` ``y``",
                                                    "[click](javascript:alert(1)) ![i](http://example.org/p.png)",
                                                    "\x1B[2J\x1B]0;owned\x07red",
                                                    "up\u2028down\u2029",
                                                    "\u202Egnp.exe",
                                                    "broken \xFF\xC3 utf-8",
                                                    "</style></title><h1>no",
                                                    "{{7*7}} ${7*7}",
                                                    "<!-- @everyone #1 -->"};
    return kTexts;
}

}  // namespace bursar::testing
