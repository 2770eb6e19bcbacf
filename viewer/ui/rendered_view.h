// RenderedView: a volume seen from outside, in a viewport. Drawn in a thread of its own: coarse while it turns, at its
// best once it rests; the window never waits for it.
#pragma once

#include "viewer/render/volume_renderer.h"
#include "viewer/ui/mpr_model.h"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace qianli::viewer {

class RenderedView final : public VolumeView {
    Q_OBJECT

public:
    // `look`: the window for presets that have none of their own.
    RenderedView(std::shared_ptr<Volume const> volume, bool inHounsfield, Look const& look);
    ~RenderedView() override;

    std::span<RenderPreset const> presets() const { return presets_; }
    std::size_t preset() const { return preset_; }
    void setPreset(std::size_t preset);
    Cut const& view() const { return view_; }
    // In radians, around the screen's vertical and horizontal.
    void turn(double aroundVertical, double aroundHorizontal);
    // From the front, the back, the left, the right, the head, the feet.
    enum class Side { Front, Back, Left, Right, Head, Feet };
    void lookFrom(Side side);

    QString title() const override;
    FrameAttributes attributes() const override;
    QSize pictureSize() const override;
    std::vector<Remark> remarks() const override { return remarksOn(volume_->geometry()); }
    Look look() const override { return look_; }
    void setLook(Look const& look) override;
    void reset() override;
    QImage picture(ViewState const& state, QSize target) override;
    // Whether the picture on the screen is the best there will be.
    bool isFull() const { return isFull_; }

private:
    struct Request {
        Cut view;
        std::size_t preset = 0;
        ViewState state;
        QSize target;
    };
    void run();
    void deliver(QImage const& image, Cut const& view, RenderQuality quality, std::uint64_t number);

    std::shared_ptr<Volume const> volume_;
    std::span<RenderPreset const> presets_;
    std::size_t preset_ = 0;
    Cut view_;
    Look look_, sourceLook_;
    QImage last_;
    Cut shown_; // what last_ was drawn from: its letters are not those of where the view has gone meanwhile
    bool isFull_ = false;

    std::mutex mutex_; // guards what follows
    std::condition_variable work_;
    std::optional<Request> wanted_;
    std::uint64_t number_ = 0; // of the newest request
    bool stopping_ = false;
    std::atomic<bool> outdated_ = false; // what is being drawn is no longer wanted
    std::thread worker_;
};

QString presetWord(RenderPreset const& preset);

} // namespace qianli::viewer
