// Result<T>: a value or an Error, never silently dropped.
//
// Every function of Bursar that can fail for a reason of its environment (the API server, a file, a manifest) returns
// one. Exceptions of libraries are caught where the library is called and become an Error there.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

#include "operator/runtime/base/utf8.hpp"

namespace bursar {

// What kind of failure it is; what a caller may decide on. Kubernetes' reasons map one to one where they exist.
enum class ErrorCode {
    InvalidArgument,  // what was given is wrong; repeating it will not help
    NotFound,         // 404
    AlreadyExists,    // 409 on create
    Conflict,         // 409 on update: somebody else wrote in between
    Gone,             // 410: the resourceVersion is too old, list again
    Unauthorized,     // 401
    Forbidden,        // 403
    TooManyRequests,  // 429, see Error::retryAfterSeconds
    Unavailable,      // no connection, 5xx, the peer is restarting
    Timeout,          // no answer in time
    Cancelled,        // we were asked to stop
    Internal,         // the peer said something we do not understand
};

struct Error {
    ErrorCode code = ErrorCode::Internal;
    std::string message;        // for the reader: what is wrong, where, what to do
    int retryAfterSeconds = 0;  // what the server asked for, 0 when it asked for nothing

    [[nodiscard]] bool isNotFound() const { return code == ErrorCode::NotFound; }
    [[nodiscard]] bool isConflict() const { return code == ErrorCode::Conflict; }
    [[nodiscard]] bool isAlreadyExists() const { return code == ErrorCode::AlreadyExists; }
    [[nodiscard]] bool isGone() const { return code == ErrorCode::Gone; }
    [[nodiscard]] bool isCancelled() const { return code == ErrorCode::Cancelled; }
    // True where the same call may succeed later without anybody changing anything.
    [[nodiscard]] bool isRetryable() const {
        return code == ErrorCode::Conflict || code == ErrorCode::TooManyRequests || code == ErrorCode::Unavailable ||
               code == ErrorCode::Timeout;
    }
};

// tl::expected may be discarded without a warning; this one may not.
template <typename T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
  public:
    using Base = tl::expected<T, Error>;
    using Base::Base;
    Result(Error error) : Base(tl::unexpect, std::move(error)) {}  // NOLINT: an Error is a Result by itself
};

template <>
class [[nodiscard]] Result<void> : public tl::expected<void, Error> {
  public:
    using Base = tl::expected<void, Error>;
    using Base::Base;
    Result(Error error) : Base(tl::unexpect, std::move(error)) {}  // NOLINT: an Error is a Result by itself
};

// Messages repeat what others said, libraries and files among them: here at the latest they are UTF-8.
inline Error makeError(ErrorCode code, std::string message) { return Error{code, toUtf8(std::move(message)), 0}; }

}  // namespace bursar
