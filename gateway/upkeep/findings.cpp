#include "gateway/upkeep/findings.h"

#include <algorithm>

namespace qianli::gateway {
namespace {

constexpr FindingKind kinds[] = {
    {"configuration", "gateway.toml can't be read or has a mistake",
     "the gateway does not start; a running one goes on as it was", "correct the line that is named, `config check`"},
    {"data-folder", "the data folder is missing, not writable, or another user's",
     "nothing is accepted and nothing is found", "run as the gateway's user; `chown -R` what root has left behind"},
    {"not-running", "no gateway runs on this data folder",
     "townships can't send or query; their devices keep the images and try again",
     "`systemctl start qianli-gateway`; the last lines of `journalctl -u qianli-gateway` say why it ended"},
    {"not-answering", "the gateway runs but does not answer", "nobody is served, or soon nobody will be",
     "`journalctl -u qianli-gateway`, `dmesg` (a disk that hangs?); `systemctl restart qianli-gateway` loses nothing"},
    {"port", "another program has our port, or it is not ours to take", "the gateway can't start",
     "`ss -ltnp` shows whose it is"},
    {"disk", "the archive's disk is nearly full, full, or can't be written",
     "below the reserve, and while it can't be written, images are refused (A700H) and stay on the devices; nothing "
     "acknowledged is lost",
     "make room or enlarge the disk; `disk archive`: `dmesg`, `mount`, `df -i`; it goes on by itself"},
    {"database", "a database can't be read or is damaged",
     "`index.db`: studies are not found until it is built again; `workflow.db`: nobody can sign in or report",
     "`index.db`: the next start builds it again; `workflow.db`: `backup restore`, never delete it"},
    {"database-locked", "another program holds a database locked", "nothing can be stored or changed until it lets go",
     "`fuser -v` on the file shows who: a copy or a `sqlite3` that was left open is ended; never delete the -wal file"},
    {"integrity", "an object's file is missing, or not what was received",
     "it is not handed out any more: readers miss that image",
     "`archive verify` names all; let the site send the study again or restore the file; look at the disk"},
    {"audit", "the audit trail can't be written, sealed or sent on, was changed, or does not verify",
     "what happens is not on record, as the law asks", "make room; look at the collector; `audit verify`"},
    {"queue", "reports don't reach a township", "its doctors don't have the report",
     "`queue list --to AE` says why; talk to them; `queue retry`"},
    {"silent-site", "a site that usually sends at this time has sent nothing",
     "its line, its device or its people have a trouble that they may not have noticed",
     "`site silent` says whether its end answers; telephone them"},
    {"certificate", "a certificate expires soon or has expired, or can't be read",
     "from that day on callers by TLS and viewers are turned away", "put the new one in place of the old, `kill -HUP`"},
    {"disk-forecast", "the disk will be full within days, at the rate of the last weeks", "see `disk`",
     "enlarge the disk, or `purge --dry-run`"},
    {"backup", "there is no backup, or the last one is old, or failed",
     "what came and was written since would be lost with this disk", "`backup create DIR` on another disk"},
    {"clock", "this machine's clock is wrong, was set, or is kept by no time server",
     "times of receipt, signatures and the audit trail are wrong; certificates seem invalid",
     "`timedatectl`; let chrony or systemd-timesyncd keep it"},
    {"descriptors", "fewer files may be open than the configuration may need",
     "at the busiest hour callers have to wait", "raise LimitNOFILE of the service, or lower dicom.max_associations"},
    {"caller", "a caller is turned away", "that device's images don't come",
     "the reason says which of its settings, or which line of gateway.toml, is to be changed"},
    {"object", "an object of a known site is refused", "that image stays on its device",
     "the reason says why; most often the device has to be set or its vendor asked"},
    {"refusals", "a caller is turned away again and again", "a device is set up wrongly, or somebody is trying names",
     "as for `caller`; unknown addresses: ask the firewall"},
    {"malformed", "a caller sends what is no DICOM", "a broken device, or an attack; others are not disturbed",
     "find out what runs at that address; block it at the firewall"},
    {"sign-in", "wrong passwords again and again for one name", "somebody forgot, or somebody tries",
     "ask the person; `user disable` when it wasn't them"},
    {"scrub", "the background check of the archive does not get on, or could not read some objects",
     "a flipped bit would be found late", "the log says what stopped it; `archive verify` does the same at once"},
};

} // namespace

std::span<FindingKind const> findingKinds()
{
    return kinds;
}

FindingKind findingKind(std::string_view code)
{
    auto const* found = std::ranges::find(kinds, code, &FindingKind::code);
    return found == std::end(kinds) ? FindingKind{} : *found;
}

} // namespace qianli::gateway
