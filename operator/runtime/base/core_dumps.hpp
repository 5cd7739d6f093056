// Keeps what the process knows (tokens, keys, passwords) out of core files.
#pragma once

namespace bursar {

// From now on a crash writes no core file, not even where the kernel pipes it to a program, and no other process of the
// same user may read this one's memory or environment. Linux takes it back at an exec.
void forbidCoreDumps();

}  // namespace bursar
