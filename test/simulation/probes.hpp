#pragma once

namespace snaptrail::simulation {

/// Asks the simulated API server what test/integration/test_probes.py asks a real one, and prints a line of JSON a question:
/// {"probe": name, "outcome": in words that are the same for both, versions only by their relations}.
void print_probes();

}  // namespace snaptrail::simulation
