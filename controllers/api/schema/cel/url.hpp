// isURL() of the API server's CEL library.
#pragma once

#include <string_view>

namespace bursar::api::cel {

// True for what Go's url.ParseRequestURI takes: an absolute URI or an absolute path.
bool isUrl(std::string_view text);

}  // namespace bursar::api::cel
