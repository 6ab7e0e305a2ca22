#pragma once

// A folder in which every message is a file: https://cr.yp.to/proto/maildir.html

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "program.hpp"
#include "socket.hpp"

namespace support {

class maildir {
public:
    /// Makes the folder where it is missing, and sees that it can be written to.
    explicit maildir(std::string const& path) : tmp_(path + "/tmp/"), new_(path + "/new/") {
        for (auto const& folder : {path, tmp_, new_, path + "/cur/"})
            if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) reject(folder);
        for (auto const& folder : {tmp_, new_})
            if (::access(folder.c_str(), W_OK | X_OK) != 0) reject(folder);
        new_folder_ = descriptor{::open(new_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
        if (!new_folder_) reject(new_);
    }

    /// A message on its way in. Unless it is delivered, nothing is left of it.
    class message {
    public:
        /// No message, if the file cannot be made.
        static std::unique_ptr<message> create(maildir const& folder) {
            auto name = unique_name();
            auto const path = folder.tmp_ + name;
            int const fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
            if (fd < 0) return nullptr;
            return std::unique_ptr<message>{
                new message{folder, std::move(name), ::fdopen(fd, "w")}};
        }
        message(message const&) = delete;
        message& operator=(message const&) = delete;
        ~message() {
            if (file_ == nullptr) return;
            std::fclose(file_);
            ::unlink((folder_->tmp_ + name_).c_str());
        }

        void write(std::string_view text) {
            if (std::fwrite(text.data(), 1, text.size(), file_) != text.size()) broken_ = true;
        }
        /// Once it is true, the message survives a crash of the machine.
        [[nodiscard]] bool deliver() {
            if (broken_ || std::fflush(file_) != 0 || ::fsync(::fileno(file_)) != 0) return false;
            auto const from = folder_->tmp_ + name_;
            if (::rename(from.c_str(), (folder_->new_ + name_).c_str()) != 0) return false;
            std::fclose(std::exchange(file_, nullptr));
            return ::fsync(folder_->new_folder_.get()) == 0;
        }

    private:
        message(maildir const& folder, std::string name, std::FILE* file)
            : folder_(&folder), name_(std::move(name)), file_(file) {}

        maildir const* folder_;
        std::string name_;
        std::FILE* file_;
        bool broken_ = false;
    };

private:
    [[noreturn]] static void reject(std::string const& folder) {
        throw fatal{cannot_create,
                    fmt::format("cannot write to {}: {}", folder, system_text(errno))};
    }

    // Time, process and a count: no two deliveries have the same.
    static std::string unique_name() {
        static std::atomic<std::uint64_t> count = 0;  // deliveries may run in several threads
        using namespace std::chrono;
        auto const now = system_clock::now().time_since_epoch();
        auto const seconds = duration_cast<std::chrono::seconds>(now);
        return fmt::format("{}.M{}P{}Q{}.{}", seconds.count(),
                           duration_cast<microseconds>(now - seconds).count(), ::getpid(), ++count,
                           host_name());
    }

    std::string tmp_;
    std::string new_;
    descriptor new_folder_;
};

}  // namespace support
