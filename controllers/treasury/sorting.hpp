// Sorting of lists that are usually sorted already.
#pragma once

#include <algorithm>

namespace bursar::treasury {

// Informers and directories list by name. Checking 100,000 names takes a twentieth of the time of sorting them.
template <typename List, typename Less>
void sortUnlessSorted(List& list, Less less) {
    if (!std::is_sorted(list.begin(), list.end(), less)) std::sort(list.begin(), list.end(), less);
}

}  // namespace bursar::treasury
