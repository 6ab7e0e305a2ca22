#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string_view>

#if defined(__unix__) || defined(__APPLE__)
#include <sys/mman.h>
#include <unistd.h>
#endif

namespace postel::test {

/// Octets between two pages that nobody may touch: who reads beyond either end is killed, in every
/// build and by every kind of instruction. Where there is no mmap, octets on the heap.
class guarded {
public:
    static constexpr std::size_t room = 4096;  // there is no smaller page

    guarded() {
#if defined(__unix__) || defined(__APPLE__)
        page_ = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
        void* const three = mmap(nullptr, 3 * page_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (three == MAP_FAILED) return;
        start_ = static_cast<char*>(three);
        if (mprotect(start_ + page_, page_, PROT_READ | PROT_WRITE) == 0) usable_ = start_ + page_;
#else
        page_ = room;
        heap_ = std::make_unique<char[]>(room);
        usable_ = heap_.get();
#endif
    }
    guarded(guarded const&) = delete;
    guarded& operator=(guarded const&) = delete;
    ~guarded() {
#if defined(__unix__) || defined(__APPLE__)
        if (start_ != nullptr) munmap(start_, 3 * page_);
#endif
    }

    [[nodiscard]] bool usable() const {
        return usable_ != nullptr;
    }
    /// A copy of `text`, `room` octets at most, right in front of the page behind.
    [[nodiscard]] std::string_view at_end(std::string_view text) {
        auto* const to = usable_ + page_ - text.size();
        std::copy(text.begin(), text.end(), to);
        return {to, text.size()};
    }
    /// So many octets to write to, in the same place.
    [[nodiscard]] char* at_end(std::size_t octets) { return usable_ + page_ - octets; }
    /// A copy right behind the page in front.
    [[nodiscard]] std::string_view at_start(std::string_view text) {
        std::copy(text.begin(), text.end(), usable_);
        return {usable_, text.size()};
    }

private:
    std::size_t page_ = 0;
    char* start_ = nullptr;
    char* usable_ = nullptr;
    std::unique_ptr<char[]> heap_;
};

}  // namespace postel::test
