// MprView: one plane of an MprModel in a viewport: at once while it moves, at its best once it rests.
//
// Promise: the window's thread draws no more than a frame may take; what takes longer is drawn beside it, and dropped
// when it is no longer asked for.
#pragma once

#include "viewer/ui/mpr_model.h"

#include <QTimer>

namespace qianli::viewer {

class MprView final : public VolumeView {
    Q_OBJECT

public:
    MprView(std::shared_ptr<MprModel> model, MprPlane plane);

    MprModel& model() const { return *model_; }
    MprPlane plane() const { return plane_; }

    QString title() const override;
    FrameAttributes attributes() const override;
    QSize pictureSize() const override;
    std::vector<Remark> remarks() const override { return remarksOn(model_->volume()->geometry()); }
    std::size_t count() const override { return cutCount(*model_->volume(), cut()); }
    std::size_t index() const override { return cutIndex(*model_->volume(), cut()); }
    void scrollTo(std::size_t index) override;
    Look look() const override { return model_->look(); }
    void setLook(Look const& look) override { model_->setLook(look); }
    bool wheel(int steps, Qt::KeyboardModifiers modifiers) override;
    void reset() override { model_->reset(); }
    QImage picture(ViewState const& state, QSize target) override;
    std::shared_ptr<Pixels const> pixels() const override { return pixels_; }

private:
    Cut const& cut() const { return model_->cut(plane_); }
    void refine();

    std::shared_ptr<MprModel> model_;
    MprPlane plane_;
    QTimer rest_;
    std::uint64_t request_ = 0; // of the picture that was asked for last
    ViewState state_;
    QSize target_;
    bool isFull_ = true;
    std::shared_ptr<Pixels const> pixels_;
};

QString planeWord(MprPlane plane);

} // namespace qianli::viewer
