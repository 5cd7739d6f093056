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

// The kind of failure, for callers to branch on. Kubernetes' reasons map one to one where they exist.
enum class ErrorCode {
    InvalidArgument,  // what was given is wrong; repeating it will not help
    NotFound,         // 404
    AlreadyExists,    // 409 on create
    Conflict,         // 409 on update: another writer was faster
    Gone,             // 410: the resourceVersion is too old, list again
    Unauthorized,     // 401
    Forbidden,        // 403
    TooManyRequests,  // 429, see Error::retryAfterSeconds
    Unavailable,      // no connection, 5xx, the peer is restarting
    Timeout,          // no answer in time
    Cancelled,        // a stop was requested
    Internal,         // an answer that cannot be understood
};

struct Error {
    ErrorCode code = ErrorCode::Internal;
    std::string message;           // for the reader: what is wrong, where, what to do
    int retryAfterSeconds = 0;     // the server's Retry-After; 0: it sent none
    bool handshakeFailed = false;  // TLS with the peer failed; one side may have refused the other's certificate

    [[nodiscard]] bool isNotFound() const { return code == ErrorCode::NotFound; }
    [[nodiscard]] bool isConflict() const { return code == ErrorCode::Conflict; }
    [[nodiscard]] bool isAlreadyExists() const { return code == ErrorCode::AlreadyExists; }
    [[nodiscard]] bool isGone() const { return code == ErrorCode::Gone; }
    [[nodiscard]] bool isCancelled() const { return code == ErrorCode::Cancelled; }
    // The same call may succeed later.
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

// Messages repeat what libraries, files and servers said. They become UTF-8 here at the latest.
inline Error makeError(ErrorCode code, std::string message) { return Error{code, toUtf8(std::move(message))}; }

}  // namespace bursar
