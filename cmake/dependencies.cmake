# Every dependency comes from the distribution (see ./dev for the packages' names).
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED CONFIG COMPONENTS json url)
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(prometheus-cpp REQUIRED CONFIG COMPONENTS core)
find_package(CLI11 REQUIRED)
if(NOT TARGET yaml-cpp::yaml-cpp)  # yaml-cpp before 0.8 exports its target without a namespace
  add_library(yaml-cpp::yaml-cpp ALIAS yaml-cpp)
endif()

# Boost as one interface: errors by code, no deprecated Asio names.
add_library(snaptrail_boost INTERFACE)
target_link_libraries(snaptrail_boost INTERFACE Boost::json Boost::url Boost::headers Threads::Threads)
target_compile_definitions(snaptrail_boost INTERFACE BOOST_ASIO_NO_DEPRECATED)
add_library(snaptrail::boost ALIAS snaptrail_boost)
