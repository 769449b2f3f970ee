# Precompiled headers. Parsing the standard library, Boost.JSON and Asio takes longer than compiling most of our files, so
# it is done once for each set of headers, not once a file. They hide a missing #include from the compiler, but not from
# ./dev lint, which sees every file without them.
set(precompiled_plain
  <algorithm> <array> <chrono> <cstdint> <filesystem> <functional> <map> <memory> <optional> <set> <span> <string>
  <string_view> <tuple> <unordered_map> <utility> <variant> <vector>
  <boost/json.hpp> <fmt/format.h>)
set(precompiled_asio ${precompiled_plain}
  <boost/asio/any_io_executor.hpp> <boost/asio/as_tuple.hpp> <boost/asio/awaitable.hpp>
  <boost/asio/bind_cancellation_slot.hpp> <boost/asio/co_spawn.hpp> <boost/asio/detached.hpp>
  <boost/asio/experimental/awaitable_operators.hpp> <boost/asio/io_context.hpp> <boost/asio/ip/tcp.hpp>
  <boost/asio/post.hpp> <boost/asio/steady_timer.hpp> <boost/asio/this_coro.hpp> <boost/asio/use_awaitable.hpp>)
set(precompiled_test ${precompiled_asio}
  <catch2/catch_test_macros.hpp> <catch2/generators/catch_generators.hpp> <catch2/matchers/catch_matchers_string.hpp>)

# precompiled_set(SET LIBRARY…): what compiles a set. An object of no content is part of it, since CMake builds a
# precompiled header only beside a source.
function(precompiled_set set)
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/precompiled_${set}.cpp CONTENT "\n")
  add_library(precompiled_${set} OBJECT ${CMAKE_BINARY_DIR}/generated/precompiled_${set}.cpp)
  target_link_libraries(precompiled_${set} PRIVATE snaptrail_options ${ARGN})
  target_precompile_headers(precompiled_${set} PRIVATE ${precompiled_${set}})
endfunction()

precompiled_set(plain snaptrail::boost fmt::fmt)
precompiled_set(asio snaptrail::boost fmt::fmt)
