// AllocationPolicy: leadership's written policy (cluster-scoped, short name `apol`). crds/ describes each field.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "controllers/api/field_reader.hpp"
#include "controllers/api/label_selector.hpp"
#include "controllers/api/object_meta.hpp"
#include "controllers/api/pricing.hpp"
#include "controllers/api/tokens.hpp"

namespace bursar::api {

enum class BudgetWindow { Minute, Hour, Day };
enum class Period { Month, Quarter };
enum class Unallocated { BurstPool, Hold };
enum class Enforcement { Off, Advisory, Enforced };
enum class GatewayType { EnvoyRateLimit, EnvoyGateway, LiteLLM, Kuadrant };
enum class IdleCost { Show, Share };
enum class UsageType { None, Prometheus };
enum class UsagePreset { EnvoyRateLimit, EnvoyAIGateway, LiteLLM, Kuadrant, Custom };

struct Pool {
    std::string name;
    std::vector<std::string> models;  // globs, as matchesGlob() takes them
    BudgetWindow window = BudgetWindow::Day;
    Tokens tokensPerWindow;
    std::optional<TokensPerMinute> tokensPerMinute;  // the provider's rate limit
    int burstPercent = 15;                           // 0 … 50, of both amounts: kept for loans
    Unallocated unallocated = Unallocated::BurstPool;
};

// What leadership decides for one team: in one pool, or in all of them if `pool` is empty.
struct Weight {
    std::string team;
    std::string pool;
    std::optional<int> weight;
    std::optional<Tokens> floor;    // per window
    std::optional<Tokens> ceiling;  // per window
};

struct ForecastDiscipline {
    Enforcement enforcement = Enforcement::Advisory;
    int tolerancePercent = 20;
    int severityPercent = 50;
    int maxHaircutPercent = 90;
    int lookbackPeriods = 4;
};

// The rules of loans (docs/design.md §3).
struct Borrowing {
    int maxPercentOfPool = 50;    // the largest loan, of the pool's burst tokens
    int maxPercentOfGrant = 200;  // all loans of a team in a window, of its baseline
    Duration maxDuration = std::chrono::hours{168};
    Duration minNotice{0};
    Duration cooldown = std::chrono::hours{24};
    int maxActivePerTeam = 1;
    int minReasonLength = 20;  // characters; blanks do not count
    Duration maxAdvance = std::chrono::hours{2160};
    int maxPromisedPerTeam = 10;  // approved loans that have not ended
};

struct EnvoyRateLimitGateway {
    std::string ns = "bursar-system";
    std::string configMapPrefix = "bursar-ratelimit";
    std::string domain = "bursar";
};

struct Gateway {
    std::string name;
    GatewayType type = GatewayType::EnvoyRateLimit;
    EnvoyRateLimitGateway envoyRateLimit;
};

struct PrometheusUsage {
    std::string url;
    UsagePreset preset = UsagePreset::EnvoyRateLimit;
    std::map<std::string, std::string> selector;
    Duration pollInterval = std::chrono::seconds{15};
    Duration staleAfter = std::chrono::minutes{2};
    std::string caBundle;           // PEM; empty: the authorities the system trusts
    bool wantsBearerToken = false;  // bearerTokenSecretRef is given

    bool operator==(const PrometheusUsage&) const = default;
};

// A key of a Secret.
struct SecretKeyRef {
    std::string ns;
    std::string name;
    std::string key;

    bool operator==(const SecretKeyRef&) const = default;
};

// Where a closed statement is sent.
struct Webhook {
    std::string url;
    std::optional<SecretKeyRef> hmacSecretRef;  // absent: deliveries are not signed
};

struct Chargeback {
    std::string financeContact;
    Duration closeAfter = std::chrono::hours{24};  // a period's statement is closed this long after its end
    IdleCost idleCost = IdleCost::Show;
    std::optional<Webhook> webhook;
};

struct AllocationPolicy {
    ObjectMeta meta;
    std::string sponsor;
    Period period = Period::Month;  // the planning period (calendar, UTC)
    LabelSelector namespaceSelector;
    std::string identityLabel = "bursar.dev/team";
    std::vector<Pool> pools;
    int historyPercent = 50;
    int defaultWeight = 100;
    std::vector<Weight> weights;
    Borrowing borrowing;
    ForecastDiscipline forecastDiscipline;
    Pricing pricing;
    Chargeback chargeback;
    std::vector<Gateway> gateways;
    UsageType usageType = UsageType::None;
    PrometheusUsage prometheus;

    // Fields that could not be read. A policy with errors decides nothing; the limits in force stay.
    std::vector<FieldError> errors;

    [[nodiscard]] const Pool* findPool(std::string_view name) const;
};

AllocationPolicy parseAllocationPolicy(const nlohmann::json& object);

std::string_view toString(BudgetWindow window);
std::string_view toString(GatewayType type);
std::string_view toString(UsagePreset preset);

// `a minute`, `an hour` or `a day`, as the rationale's sentence has it.
std::string_view perWindow(BudgetWindow window);

}  // namespace bursar::api
