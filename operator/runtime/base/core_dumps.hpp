// Keeps secrets of the process (tokens, keys, passwords) out of core files.
#pragma once

namespace bursar {

// From now on a crash writes no core file, even if the kernel pipes core files to a program, and no other process of
// the same user can read the memory or environment of this one. An exec ends the protection.
void forbidCoreDumps();

}  // namespace bursar
