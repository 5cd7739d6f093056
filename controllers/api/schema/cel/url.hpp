// isURL() of the API server's CEL library.
#pragma once

#include <string_view>

namespace bursar::api::cel {

// True for the texts that Go's url.ParseRequestURI accepts: an absolute URI or an absolute path.
bool isUrl(std::string_view text);

}  // namespace bursar::api::cel
