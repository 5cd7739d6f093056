// Catch2's main(), compiled once for every suite: it takes longer than most suites.
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
