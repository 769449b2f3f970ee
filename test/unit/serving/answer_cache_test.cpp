#include "serving/answer_cache.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>

#include "filled_ledger.hpp"

using namespace snaptrail;
using namespace snaptrail::serving;
using namespace snaptrail::serving::test;

namespace {

int made = 0;

Response counted(const ledger::Ledger& ledger, const Request& request) {
  ++made;
  Response response;
  const std::string* large = request.param("large");
  response.body = large != nullptr ? std::string(AnswerCache::kMostBytes + 1, 'x') : std::to_string(ledger.last_seq());
  if (request.param("refused") != nullptr) response.status = 400;
  return response;
}

class Asking {
 public:
  Asking() { made = 0; }
  std::string operator()(const ledger::Ledger& ledger, const std::string& query) {
    return cache_.answer(ledger, {*parse_target("/api/v1/overview" + query), {}}, counted).body;
  }

 private:
  AnswerCache cache_;
};

}  // namespace

TEST_CASE("an answer is made once as long as nothing is committed, and anew after that", "[api][cache]") {
  FilledLedger filled;
  const ledger::Ledger reader(filled.file(), ledger::Ledger::Mode::ReadOnly);
  Asking asked;
  const auto before = asked(reader, "");
  CHECK(asked(reader, "") == before);
  CHECK(made == 1);
  ledger::Batch batch;
  batch.rows.resize(1);
  filled.ledger.commit(batch);
  CHECK(asked(reader, "") == std::to_string(std::stoi(before) + 1));
  CHECK(made == 2);
  // Records are committed without rows, too.
  ledger::Batch records;
  records.positions.push_back({"volumesnapshots", "7", FilledLedger::second(99)});
  filled.ledger.commit(records);
  asked(reader, "");
  CHECK(made == 3);
}

TEST_CASE("another connection to the file has nothing in common with the one before", "[api][cache]") {
  const FilledLedger filled;
  Asking asked;
  for (int i = 0; i < 3; ++i) asked(ledger::Ledger(filled.file(), ledger::Ledger::Mode::ReadOnly), "");
  CHECK(made == 3);
}

TEST_CASE("each question has its own answer; what fails and what is large is not kept, and of many the newest are",
          "[api][cache]") {
  const FilledLedger filled;
  const ledger::Ledger reader(filled.file(), ledger::Ledger::Mode::ReadOnly);
  Asking asked;
  asked(reader, "?ns=a&text=b");
  asked(reader, "?ns=a%261%3Atext&text=b");
  CHECK(made == 2);
  for (int i = 0; i < 2; ++i) asked(reader, "?refused");
  for (int i = 0; i < 2; ++i) asked(reader, "?large");
  CHECK(made == 6);
  for (std::size_t i = 0; i < AnswerCache::kMost; ++i) asked(reader, "?ns=" + std::to_string(i));
  made = 0;
  asked(reader, "?ns=" + std::to_string(AnswerCache::kMost - 1));
  CHECK(made == 0);
  asked(reader, "?ns=a&text=b");
  CHECK(made == 1);
}
