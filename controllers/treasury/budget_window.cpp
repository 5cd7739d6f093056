#include "controllers/treasury/budget_window.hpp"

namespace bursar::treasury {

Duration lengthOf(api::BudgetWindow window) {
    switch (window) {
        case api::BudgetWindow::Minute:
            return std::chrono::minutes{1};
        case api::BudgetWindow::Hour:
            return std::chrono::hours{1};
        case api::BudgetWindow::Day:
            return std::chrono::hours{24};
    }
    return std::chrono::hours{24};
}

TimeWindow windowAt(Instant now, api::BudgetWindow window) {
    const Duration length = lengthOf(window);
    auto index = now.time_since_epoch() / length;
    if (now.time_since_epoch() % length < Duration{0}) --index;  // before 1970: division rounds towards zero
    const Instant start{index * length};
    return {start, start + length};
}

}  // namespace bursar::treasury
