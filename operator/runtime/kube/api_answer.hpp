// Private to this folder: what an API server answers, read and checked. Whoever takes an object from here may rely on
// the form of its metadata. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "operator/runtime/kube/client.hpp"

namespace bursar::kube {

// The error of a status code that is not 2xx: of the metav1.Status in `body`, or of whatever else came.
Error errorOfAnswer(int httpStatus, const std::string& body, int retryAfterSeconds);

// An object; Internal where the text is none. Names, versions, labels and annotations are texts where they are there.
Result<Json> objectOf(std::string_view text);

// A page of a list.
struct ListPage {
    std::vector<Json> items;
    std::string resourceVersion;
    std::string next;  // the continue token; empty on the last page
};
Result<ListPage> pageOf(Json list);

// One line of a watch. The error of an event of type ERROR is its status's.
Result<WatchEvent> watchEventOf(std::string_view line);

}  // namespace bursar::kube
