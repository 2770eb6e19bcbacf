// R34: data and backups may be encrypted: what the operator's page must say for that, and that its commands are such as
// the tools take.
#include "tests/backup/operations_page.h"

using namespace qianli;
using namespace qianli::test;

TEST_CASE("the page tells how data and backups are encrypted, and why backups must be", "[backup][R34]")
{
    auto const section = sectionOf(operationsPage(), "### Encrypted disks");
    for (auto const* said : {
             "private",
             "`keys/ca.key`",
             "passphrase",
             "`data`",
             "backups",
             "cryptsetup luksFormat",
             "cryptsetup open",
             "luksHeaderBackup",
             "luksAddKey", // made, opened, kept
             "/etc/crypttab",
             "/etc/fstab", // after a restart
             "chmod 700",
             "chmod 400", // for nobody else
             "/var/lib/qianli",
             "lsblk", // how to see that it is so
             "Swap",
         }) {
        CAPTURE(said);
        CHECK(section.find(said) != std::string::npos);
    }
    auto const backup = sectionOf(operationsPage(), "## Backup");
    CHECK(backup.find("### Encrypted disks") != std::string::npos);
}

TEST_CASE("nobody but the gateway's user reads a backup or the authority's key", "[backup][R34]")
{
    BackupFixture fixture;
    fixture.fill("1.2.1", 2);
    fixture.create();
    // The disk that the page tells to encrypt is the only thing that would give them away.
    for (auto const& file : filesBelow(fixture.backups)) {
        CAPTURE(file);
        CHECK((std::filesystem::status(fixture.backups / file).permissions() & std::filesystem::perms(077)) ==
              std::filesystem::perms::none);
    }
    CHECK((std::filesystem::status(fixture.folder / "keys" / "ca.key").permissions() & std::filesystem::perms(077)) ==
          std::filesystem::perms::none);
}
