// A mutex whose use the compiler checks: a member marked GUARDED_BY(mutex_) is touched only while mutex_ is held.
//
// The annotations are clang's thread safety analysis; hack/verify.sh compiles with -Werror=thread-safety. gcc ignores
// them. Mutex is what the standard library calls Lockable, so that std::condition_variable_any waits on a MutexLock.
#pragma once

#include <mutex>

#if defined(__clang__)
#define BURSAR_THREAD_ANNOTATION(x) __attribute__((x))
#else
#define BURSAR_THREAD_ANNOTATION(x)
#endif

#define CAPABILITY(name) BURSAR_THREAD_ANNOTATION(capability(name))
#define SCOPED_CAPABILITY BURSAR_THREAD_ANNOTATION(scoped_lockable)
#define GUARDED_BY(mutex) BURSAR_THREAD_ANNOTATION(guarded_by(mutex))
#define REQUIRES(...) BURSAR_THREAD_ANNOTATION(requires_capability(__VA_ARGS__))
#define EXCLUDES(...) BURSAR_THREAD_ANNOTATION(locks_excluded(__VA_ARGS__))
#define ACQUIRE(...) BURSAR_THREAD_ANNOTATION(acquire_capability(__VA_ARGS__))
#define RELEASE(...) BURSAR_THREAD_ANNOTATION(release_capability(__VA_ARGS__))
#define NO_THREAD_SAFETY_ANALYSIS BURSAR_THREAD_ANNOTATION(no_thread_safety_analysis)

namespace bursar {

class CAPABILITY("mutex") Mutex {
  public:
    void lock() ACQUIRE() { mutex_.lock(); }
    void unlock() RELEASE() { mutex_.unlock(); }

  private:
    std::mutex mutex_;
};

// Holds a Mutex until the end of its scope, except between unlock() and lock(). std::condition_variable_any takes it as
// its lock. The analysis does not see that a wait releases the mutex for a while. A predicate of a wait says itself
// that the mutex is held: `[this]() REQUIRES(mutex_) { return ready_; }`.
class SCOPED_CAPABILITY MutexLock {
  public:
    explicit MutexLock(Mutex& mutex) ACQUIRE(mutex) : mutex_(mutex) { mutex_.lock(); }
    ~MutexLock() RELEASE() {
        if (held_) mutex_.unlock();
    }
    MutexLock(const MutexLock&) = delete;
    MutexLock& operator=(const MutexLock&) = delete;

    void lock() ACQUIRE() {
        mutex_.lock();
        held_ = true;
    }
    void unlock() RELEASE() {
        held_ = false;
        mutex_.unlock();
    }

  private:
    Mutex& mutex_;
    bool held_ = true;
};

}  // namespace bursar
