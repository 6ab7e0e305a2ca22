#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>
#include <vector>

#include "fuzz/support/fuzz.hpp"
#include "support/transcript.hpp"

// Runs a fuzz target without libFuzzer, with any compiler: over the files that are named, and those
// in the folders that are named, streams cut at every octet.

namespace {

std::vector<std::string> files_in(char const* const* names, int count) {
    namespace fs = std::filesystem;
    std::vector<std::string> files;
    for (int i = 0; i < count; ++i) {
        if (fs::is_regular_file(names[i])) files.emplace_back(names[i]);
        if (!fs::is_directory(names[i])) continue;
        for (auto const& file : fs::recursive_directory_iterator{names[i]})
            if (file.is_regular_file()) files.push_back(file.path().string());
    }
    std::sort(files.begin(), files.end());
    return files;
}

}  // namespace

int main(int count, char** arguments) try {
    postel::fuzz::every_cut = true;
    postel::fuzz::check({});
    auto const files = files_in(arguments + 1, count - 1);
    for (auto const& file : files) {
        // Before it is run: the last line of the output names the input that broke a promise.
        std::printf("%s\n", file.c_str());
        std::fflush(stdout);
        auto const octets = postel::test::read_whole_file(file);
        postel::fuzz::check(postel::fuzz::exactly{octets}.view());
    }
    std::printf("%zu inputs\n", files.size());
    return files.empty() ? 1 : 0;
} catch (std::exception const& why) {
    std::printf("%s\n", why.what());
    return 1;
}
