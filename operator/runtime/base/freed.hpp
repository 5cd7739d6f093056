// A deleter for objects of C libraries: std::unique_ptr<X509, Freed<X509_free>>.
#pragma once

namespace bursar {

template <auto Free>
struct Freed {
    template <typename T>
    void operator()(T* object) const {
        Free(object);
    }
};

}  // namespace bursar
