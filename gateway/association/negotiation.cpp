#include "gateway/association/negotiation.h"

#include "common/dicom/sop_class.h"
#include "gateway/service/query.h"

#include <algorithm>
#include <optional>
#include <set>

namespace qianli::gateway {

namespace {

using dicom::Uid;
using model::Service;

std::optional<Uid> firstOf(std::span<Uid const> proposed, std::initializer_list<char const*> wanted)
{
    for (auto const* syntax : wanted)
        if (std::ranges::any_of(proposed, [&](Uid const& uid) { return uid.value() == syntax; }))
            return Uid::ofKnown(syntax);
    return std::nullopt;
}

// Result/Reason of an answered context (PS3.8 table 9-18).
enum Answer : std::uint8_t {
    accepted = 0,
    userRejection = 1,
    noReason = 2,
    abstractSyntaxNotSupported = 3,
    transferSyntaxesNotSupported = 4
};

struct Decision {
    Uid transferSyntax; // empty: refused
    Answer refusal = abstractSyntaxNotSupported;
    std::optional<dicom::Roles> role; // to be told to the requestor
    bool weInvoke = false, weProvide = false;
};

std::optional<Service> queryServiceOf(Uid const& abstractSyntax)
{
    using namespace dicom::sop;
    auto const& uid = abstractSyntax.value();
    if (uid == patientRootFind || uid == studyRootFind)
        return Service::Find;
    if (uid == patientRootMove || uid == studyRootMove)
        return Service::Move;
    if (uid == patientRootGet || uid == studyRootGet)
        return Service::Get;
    return std::nullopt;
}

Decision decideStorage(std::optional<dicom::Roles> proposedRoles, std::span<Uid const> proposed, Caller const& caller)
{
    Decision decision;
    bool const asksScp = proposedRoles && proposedRoles->scp;
    bool const asksScu = !proposedRoles || proposedRoles->scu || !proposedRoles->scp;
    decision.weProvide = asksScu && caller.allow.contains(Service::Store);
    decision.weInvoke = asksScp && caller.allow.contains(Service::Get);
    if (!decision.weProvide && !decision.weInvoke) {
        decision.refusal = userRejection;
        return decision;
    }
    if (asksScp)
        decision.role = dicom::Roles{decision.weProvide, decision.weInvoke};
    decision.transferSyntax = chooseStorageSyntax(proposed);
    decision.refusal = transferSyntaxesNotSupported;
    return decision;
}

Decision decide(Uid const& abstractSyntax, std::optional<dicom::Roles> proposedRoles, std::span<Uid const> proposed,
                Caller const& caller)
{
    std::optional<Service> service = queryServiceOf(abstractSyntax);
    if (abstractSyntax.value() == dicom::sop::verification)
        service = Service::Echo;
    if (!service)
        return dicom::isStorageAbstractSyntax(abstractSyntax) ? decideStorage(proposedRoles, proposed, caller)
                                                              : Decision{};
    Decision decision;
    decision.weProvide = caller.allow.contains(*service);
    decision.refusal = decision.weProvide ? transferSyntaxesNotSupported : userRejection;
    if (decision.weProvide)
        decision.transferSyntax =
            firstOf(proposed, {dicom::transfer::explicitLittle, dicom::transfer::implicitLittle}).value_or(Uid());
    return decision;
}

std::vector<Uid> usableUids(std::vector<std::string> const& proposed)
{
    std::vector<Uid> uids;
    for (auto const& syntax : proposed)
        if (auto uid = Uid::fromPeer(syntax))
            uids.push_back(*std::move(uid));
    return uids;
}

} // namespace

Uid chooseStorageSyntax(std::span<Uid const> proposed)
{
    std::vector<Uid> usable;
    std::ranges::copy_if(proposed, std::back_inserter(usable),
                         [](Uid const& uid) { return dicom::isAcceptedTransferSyntax(uid); });
    if (usable.empty())
        return {};
    if (dicom::isEncapsulated(usable.front()))
        return usable.front();
    return firstOf(usable, {dicom::transfer::explicitLittle, dicom::transfer::implicitLittle}).value_or(usable.front());
}

Negotiated negotiate(dicom::AssociateRequest const& request, Caller const& caller, std::size_t limit)
{
    Negotiated negotiated;
    for (auto const& context : request.contexts) {
        auto const abstractSyntax = Uid::fromPeer(context.abstractSyntax);
        auto const roles = request.roles.find(context.abstractSyntax);
        auto const proposedRoles =
            roles == request.roles.end() ? std::nullopt : std::optional<dicom::Roles>(roles->second);
        auto decision = abstractSyntax
                            ? decide(*abstractSyntax, proposedRoles, usableUids(context.transferSyntaxes), caller)
                            : Decision{};
        if (negotiated.accepted.size() >= limit)
            decision = {{}, noReason, std::nullopt, false, false};
        if (decision.transferSyntax.empty()) {
            negotiated.answers.push_back({context.id, decision.refusal, {}});
            continue;
        }
        if (decision.role)
            negotiated.roles[context.abstractSyntax] = *decision.role;
        negotiated.answers.push_back({context.id, accepted, decision.transferSyntax.value()});
        negotiated.accepted.push_back(
            {context.id, *abstractSyntax, decision.transferSyntax, decision.weInvoke, decision.weProvide});
    }
    return negotiated;
}

} // namespace qianli::gateway
