#include "gateway/association/negotiation.h"

#include "common/dicom/sop_class.h"
#include "gateway/service/query.h"

#include <algorithm>
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/assoc.h>
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

struct Decision {
    Uid transferSyntax; // empty: refused
    T_ASC_P_ResultReason refusal = ASC_P_ABSTRACTSYNTAXNOTSUPPORTED;
    T_ASC_SC_ROLE role = ASC_SC_ROLE_DEFAULT;
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

Decision decideStorage(T_ASC_SC_ROLE proposedRole, std::span<Uid const> proposed, Caller const& caller)
{
    Decision decision;
    bool const asksScp = proposedRole == ASC_SC_ROLE_SCP || proposedRole == ASC_SC_ROLE_SCUSCP;
    bool const asksScu = proposedRole != ASC_SC_ROLE_SCP;
    decision.weProvide = asksScu && caller.allow.contains(Service::Store);
    decision.weInvoke = asksScp && caller.allow.contains(Service::Get);
    if (!decision.weProvide && !decision.weInvoke) {
        decision.refusal = ASC_P_USERREJECTION;
        return decision;
    }
    if (asksScp)
        decision.role = decision.weInvoke && decision.weProvide ? ASC_SC_ROLE_SCUSCP
                        : decision.weInvoke                     ? ASC_SC_ROLE_SCP
                                                                : ASC_SC_ROLE_SCU;
    decision.transferSyntax = chooseStorageSyntax(proposed);
    decision.refusal = ASC_P_TRANSFERSYNTAXESNOTSUPPORTED;
    return decision;
}

Decision decide(Uid const& abstractSyntax, T_ASC_SC_ROLE proposedRole, std::span<Uid const> proposed,
                Caller const& caller)
{
    std::optional<Service> service = queryServiceOf(abstractSyntax);
    if (abstractSyntax.value() == dicom::sop::verification)
        service = Service::Echo;
    if (!service)
        return dicom::isStorageAbstractSyntax(abstractSyntax) ? decideStorage(proposedRole, proposed, caller)
                                                              : Decision{};
    Decision decision;
    decision.weProvide = caller.allow.contains(*service);
    decision.refusal = decision.weProvide ? ASC_P_TRANSFERSYNTAXESNOTSUPPORTED : ASC_P_USERREJECTION;
    if (decision.weProvide)
        decision.transferSyntax =
            firstOf(proposed, {dicom::transfer::explicitLittle, dicom::transfer::implicitLittle}).value_or(Uid());
    return decision;
}

std::vector<Uid> proposedSyntaxes(T_ASC_PresentationContext const& context)
{
    std::vector<Uid> proposed;
    for (int i = 0; i < context.transferSyntaxCount; ++i)
        if (auto uid = Uid::fromPeer(context.proposedTransferSyntaxes[i]))
            proposed.push_back(*std::move(uid));
    return proposed;
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

std::vector<dicom::PresentationContext> negotiate(T_ASC_Parameters* parameters, Caller const& caller, std::size_t limit)
{
    std::vector<dicom::PresentationContext> accepted;
    for (int i = 0; i < ASC_countPresentationContexts(parameters); ++i) {
        T_ASC_PresentationContext context{};
        if (ASC_getPresentationContext(parameters, i, &context).bad())
            continue;
        auto const abstractSyntax = Uid::fromPeer(context.abstractSyntax);
        auto decision = abstractSyntax
                            ? decide(*abstractSyntax, context.proposedRole, proposedSyntaxes(context), caller)
                            : Decision{};
        if (accepted.size() >= limit)
            decision = {{}, ASC_P_NOREASON, ASC_SC_ROLE_DEFAULT, false, false};
        if (decision.transferSyntax.empty()) {
            ASC_refusePresentationContext(parameters, context.presentationContextID, decision.refusal);
            continue;
        }
        auto const condition = ASC_acceptPresentationContext(parameters, context.presentationContextID,
                                                             decision.transferSyntax.value().c_str(), decision.role);
        if (condition.good())
            accepted.push_back({context.presentationContextID, *abstractSyntax, decision.transferSyntax,
                                decision.weInvoke, decision.weProvide});
    }
    return accepted;
}

} // namespace qianli::gateway
