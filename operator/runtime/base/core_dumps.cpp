#include "operator/runtime/base/core_dumps.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>

namespace bursar {

void forbidCoreDumps() {
    // A core_pattern that is a pipe ignores the limit but heeds the flag. Neither call can fail with these arguments.
    const rlimit none{0, 0};
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0);
}

}  // namespace bursar
