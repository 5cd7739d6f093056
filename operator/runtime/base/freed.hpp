// Owning what a C library hands out: std::unique_ptr<X509, Freed<X509_free>>.
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
