#include "tests/identity/population.h"

#include <array>
#include <chrono>
#include <fmt/format.h>
#include <random>
#include <set>

namespace qianli::test {
namespace {

struct Word {
    char const *hanzi, *latin;
};
constexpr std::array surnames{Word{"王", "WANG"}, Word{"李", "LI"},   Word{"张", "ZHANG"}, Word{"刘", "LIU"},
                              Word{"陈", "CHEN"}, Word{"杨", "YANG"}, Word{"赵", "ZHAO"},  Word{"黄", "HUANG"},
                              Word{"周", "ZHOU"}, Word{"吴", "WU"},   Word{"徐", "XU"},    Word{"孙", "SUN"},
                              Word{"胡", "HU"},   Word{"朱", "ZHU"},  Word{"高", "GAO"},   Word{"林", "LIN"}};
constexpr std::array givenNames{
    Word{"伟", "WEI"},  Word{"芳", "FANG"},  Word{"娜", "NA"},   Word{"敏", "MIN"},  Word{"静", "JING"},
    Word{"丽", "LI"},   Word{"强", "QIANG"}, Word{"磊", "LEI"},  Word{"军", "JUN"},  Word{"洋", "YANG"},
    Word{"勇", "YONG"}, Word{"艳", "YAN"},   Word{"杰", "JIE"},  Word{"娟", "JUAN"}, Word{"涛", "TAO"},
    Word{"明", "MING"}, Word{"超", "CHAO"},  Word{"秀", "XIU"},  Word{"霞", "XIA"},  Word{"平", "PING"},
    Word{"刚", "GANG"}, Word{"桂", "GUI"},   Word{"英", "YING"}, Word{"华", "HUA"},  Word{"玉", "YU"},
    Word{"兰", "LAN"},  Word{"红", "HONG"},  Word{"建", "JIAN"}, Word{"国", "GUO"},  Word{"春", "CHUN"}};

class Maker {
public:
    Maker(int sites, int patients, std::uint32_t seed) : sites_(sites), patients_(patients), random_(seed) {}

    Population make()
    {
        // Who is under which ID where: a sixth of all IDs belong to people who are seen at two or three sites.
        for (int number = 1; number <= patients_; ++number)
            for (int site = 0; site < sites_;) {
                auto const citizen = newCitizen();
                int const places = one(6) ? (one(3) ? 3 : 2) : 1;
                for (int i = 0; i < places && site < sites_; ++i, ++site)
                    visit(site, fmt::format("{:0{}}", number, site % 3 == 0 ? 6 : 1), citizen, i);
            }
        return std::move(made_);
    }

private:
    bool one(unsigned in) { return random_() % in == 0; }

    std::size_t newCitizen()
    {
        for (;;) {
            Citizen citizen;
            auto const& surname = surnames[random_() % surnames.size()];
            auto const &first = givenNames[random_() % givenNames.size()],
                       &second = givenNames[random_() % givenNames.size()];
            bool const two = !one(3);
            citizen.hanzi = fmt::format("{}{}{}", surname.hanzi, first.hanzi, two ? second.hanzi : "");
            citizen.latin = fmt::format("{}^{}{}", surname.latin, first.latin, two ? second.latin : "");
            citizen.birthDate =
                fmt::format("{:04}{:02}{:02}", 1930 + random_() % 85, 1 + random_() % 12, 1 + random_() % 28);
            citizen.female = one(2);
            citizen.nationalId = one(5) ? "" : nationalIdOf(citizen);
            // Two of the same name, birth date and sex are one to everybody who has no more than that.
            if (!taken_.insert(citizen.latin + citizen.birthDate + (citizen.female ? "F" : "M")).second)
                continue;
            made_.citizens.push_back(std::move(citizen));
            return made_.citizens.size() - 1;
        }
    }

    std::string nationalIdOf(Citizen const& citizen)
    {
        for (;;) {
            std::string id = fmt::format("5001{:02}{}{:02}{}", 1 + random_() % 40, citizen.birthDate, random_() % 100,
                                         2 * (random_() % 5) + (citizen.female ? 0 : 1));
            // GB 11643, by its definition: the sum of a[i] * 2^(i-1) mod 11, counted from the right, is 1.
            int sum = 0;
            for (int i = 0; i < 17; ++i)
                sum += (id[static_cast<std::size_t>(i)] - '0') * ((1 << (17 - i)) % 11);
            int const check = (12 - sum % 11) % 11;
            id += check == 10 ? 'X' : static_cast<char>('0' + check);
            if (ids_.insert(id).second)
                return id;
        }
    }

    // The first study under that ID, perhaps more of the same person, perhaps one of another: a counter was set back.
    void visit(int site, std::string const& patientId, std::size_t citizen, int place)
    {
        send(site, patientId, citizen, place, false);
        if (one(5))
            send(site, patientId, citizen, place, true);
        if (one(30))
            send(site, patientId, newCitizen(), 0, false);
    }

    void send(int site, std::string const& patientId, std::size_t number, int place, bool again)
    {
        Citizen const citizen = made_.citizens[number];
        Visit visit{fmt::format("site{:02}", site), patientId, number, false};
        gateway::IndexedObject object;
        auto& header = object.header;
        header.patientId = patientId;
        header.patientName = citizen.hanzi;
        header.patientBirthDate = citizen.birthDate;
        header.patientSex = citizen.female ? "F" : "M";
        header.otherPatientIds = citizen.nationalId;
        bool sound = !citizen.nationalId.empty();
        // Consoles.
        if (site % 7 == 3)
            header.patientName = citizen.latin;
        else if (site % 7 == 5)
            header.patientName = citizen.latin + "=" + citizen.hanzi;
        if (one(20))
            header.patientName += "(急)";
        if (again && one(3)) // a quick entry: the rest stays empty
            header.patientBirthDate.clear(), header.patientSex.clear(), header.otherPatientIds.clear();
        else if (site % 10 == 7)
            header.patientSex = "O";
        // Clerks, at the second place and at a first visit only: what is wrong there says so everywhere.
        if (place > 0 && !again && sound)
            sound = mistake(header, citizen);
        visit.isSound = sound && !again;
        finish(object, visit);
    }

    // False: by this nobody can be found.
    bool mistake(dicom::InstanceHeader& header, Citizen const& citizen)
    {
        std::string& id = header.otherPatientIds;
        switch (random_() % 40) {
        case 0: // a wrong digit
            id[6 + random_() % 8] = static_cast<char>('0' + random_() % 10);
            return id == citizen.nationalId;
        case 1: // two digits changed round
            std::swap(id[14], id[15]);
            return id == citizen.nationalId;
        case 2:
            header.patientSex = citizen.female ? "M" : "F";
            return false;
        case 3:
            header.patientBirthDate = fmt::format("{:04}0101", std::stoi(citizen.birthDate.substr(0, 4)) + 1);
            return false;
        case 4: // the one of whoever came before, who is another: seldom of the same birth date and sex
            id = lastId_.empty() || lastId_ == id ? "" : lastId_;
            return false;
        case 5: // the ID is the Patient ID
            header.patientId = id;
            id.clear();
            return true;
        case 6: // a character that sounds alike or not, of two or three: the name is misspelt, not another
            header.patientName = citizen.hanzi.substr(0, 3) + "梅" +
                                 citizen.hanzi.substr(std::min<std::size_t>(6, citizen.hanzi.size()));
            return true;
        case 7: // somebody else's, and nothing beside it that could tell
            id = made_.citizens[random_() % made_.citizens.size()].nationalId;
            header.patientBirthDate.clear(), header.patientSex.clear();
            return false;
        case 8:
            id = "0" + id; // nothing that looks like one
            return false;
        default:
            return true;
        }
    }

    void finish(gateway::IndexedObject& object, Visit visit)
    {
        auto const number = made_.visits.size() + 1;
        auto const study = fmt::format("2.25.50.{}", number);
        auto& receipt = object.receipt;
        receipt.sequence = number;
        receipt.site = {visit.site};
        receipt.study = object.header.studyUid = dicom::Uid::ofKnown(study);
        receipt.series = object.header.seriesUid = dicom::Uid::ofKnown(study + ".1");
        receipt.sopInstance = object.header.sopInstanceUid = dicom::Uid::ofKnown(study + ".1.1");
        receipt.sopClass = object.header.sopClassUid = dicom::Uid::ofKnown("1.2.840.10008.5.1.4.1.1.1.1");
        receipt.transferSyntax = dicom::Uid::ofKnown("1.2.840.10008.1.2.1");
        receipt.receivedAt = TimePoint(std::chrono::seconds(1'760'000'000 + number));
        receipt.location = {fmt::format("objects/{}", number), 300, 5000};
        object.header.modality = "DX";
        visit.patientId = object.header.patientId;
        lastId_ = made_.citizens[visit.citizen].nationalId;
        made_.visits.push_back(std::move(visit));
        made_.objects.push_back(std::move(object));
    }

    int sites_, patients_;
    std::mt19937 random_;
    Population made_;
    std::set<std::string> taken_, ids_;
    std::string lastId_;
};

} // namespace

Population makePopulation(int sites, int patients, std::uint32_t seed)
{
    return Maker(sites, patients, seed).make();
}

} // namespace qianli::test
