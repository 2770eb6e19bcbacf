#include "viewer/ui/prior_images.h"

namespace qianli::viewer {

PriorImages::PriorImages(QObject* parent) : QObject(parent)
{
    connect(&images_, &StudyImages::changed, this, [this] {
        files_.clear();
        for (Study const& study : images_.studies())
            for (Series const& series : study.series)
                for (Stack const& stack : series.stacks)
                    for (StackEntry const& entry : stack.entries)
                        files_.insert(entry.image->file);
        emit changed();
    });
    connect(&images_, &StudyImages::finished, this, [this](QString const& problem) {
        problem_ = problem;
        emit changed();
    });
}

void PriorImages::open(Session const& session, model::ReadingTask const& task)
{
    close();
    session_ = session;
    task_ = task;
}

void PriorImages::setPriors(std::vector<PriorStudy> priors)
{
    priors_ = std::move(priors);
    order_ = byComparability(priors_, task_);
    chosen_ = order_.empty() ? std::nullopt : std::optional(order_.front());
    fetch();
    emit changed();
}

void PriorImages::choose(std::size_t index)
{
    if (index >= priors_.size() || chosen_ == index)
        return;
    images_.close();
    chosen_ = index;
    fetch();
    emit changed();
}

void PriorImages::begin()
{
    if (!std::exchange(begun_, true))
        fetch();
}

void PriorImages::fetch()
{
    problem_.clear();
    files_.clear();
    if (begun_ && chosen_ && session_)
        images_.fetch(*session_, wantedStudy(priors_[*chosen_]));
}

void PriorImages::fetchMissing()
{
    problem_.clear();
    images_.fetchMissing();
}

void PriorImages::close()
{
    images_.close();
    files_.clear();
    priors_.clear();
    order_.clear();
    chosen_.reset();
    session_.reset();
    problem_.clear();
    begun_ = false;
}

void PriorImages::look(std::string const& seriesUid, std::string const& sopInstanceUid)
{
    images_.look(seriesUid, sopInstanceUid);
}

} // namespace qianli::viewer
