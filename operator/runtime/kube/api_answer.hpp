// Private to this folder: reads and checks the answers of an API server. The metadata of an object from here has the
// form it should have. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "operator/runtime/kube/client.hpp"

namespace bursar::kube {

// The error for a status code that is not 2xx, from the metav1.Status in `body` or from any other body.
Error errorOfAnswer(int httpStatus, const std::string& body, int retryAfterSeconds);

// An object; Internal if the text is not one. Names, versions, labels and annotations are absent or strings.
Result<Json> objectOf(std::string_view text);

// A page of a list.
struct ListPage {
    std::vector<Json> items;
    std::string resourceVersion;
    std::string next;  // the continue token; empty on the last page
};
Result<ListPage> pageOf(Json list);

// One line of a watch. An event of type ERROR becomes the error of its status.
Result<WatchEvent> watchEventOf(std::string_view line);

}  // namespace bursar::kube
