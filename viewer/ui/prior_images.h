// PriorImages: the pictures of one earlier study beside the case.
//
// Promise: nothing of it is asked for before the case's own images have come, or have failed to.
#pragma once

#include "viewer/client/comparable_prior.h"
#include "viewer/ui/study_images.h"

namespace qianli::viewer {

class PriorImages : public QObject {
    Q_OBJECT

public:
    explicit PriorImages(QObject* parent = nullptr);

    void open(Session const& session, model::ReadingTask const& task);
    // What the gateway knows of the patient; the best comparison is chosen.
    void setPriors(std::vector<PriorStudy> priors);
    // Another one than the chosen; what was there goes.
    void choose(std::size_t index);
    // The case's own images are here.
    void begin();
    void close();

    std::vector<PriorStudy> const& priors() const { return priors_; }
    // Those with pictures, the best comparison first.
    std::vector<std::size_t> const& order() const { return order_; }
    std::optional<std::size_t> index() const { return chosen_; }
    PriorStudy const* chosen() const { return chosen_ ? &priors_[*chosen_] : nullptr; }
    std::vector<Study> const& studies() const { return images_.studies(); }
    Study const* study() const { return images_.study(); }
    // Whether this object came as one of the earlier study.
    bool holds(ImageAttributes const& image) const { return files_.contains(image.file); }
    bool hasBegun() const { return begun_; }
    bool isLoading() const { return images_.isLoading(); }
    // Why not all of it came; empty: it did, or is still on its way.
    QString const& problem() const { return problem_; }
    // What did not come, once more.
    void fetchMissing();
    int arrived() const { return images_.arrived(); }
    int expected() const { return images_.expected(); }
    void look(std::string const& seriesUid, std::string const& sopInstanceUid);

signals:
    // There are other priors, other images of the chosen one, or something else to be said of them.
    void changed();

private:
    void fetch();

    StudyImages images_;
    std::optional<Session> session_;
    model::ReadingTask task_;
    std::vector<PriorStudy> priors_;
    std::vector<std::size_t> order_;
    std::optional<std::size_t> chosen_;
    std::set<std::filesystem::path> files_;
    QString problem_;
    bool begun_ = false;
};

} // namespace qianli::viewer
