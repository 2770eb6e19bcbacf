// VolumeView: what a viewport shows of a volume: a cut, or the whole of it from outside.
#pragma once

#include "viewer/model/image.h"
#include "viewer/model/view_state.h"

#include <QImage>
#include <QObject>

#include <memory>

namespace qianli::viewer {

class VolumeView : public QObject {
    Q_OBJECT

public:
    struct Look { // that the views of one volume may share
        VoiChoice voi;
        Inversion inversion = Inversion::None;
    };
    struct Remark { // on the volume itself, over every picture of it
        QString words;
        bool isWarning = false;
    };

    virtual QString title() const = 0;
    virtual FrameAttributes attributes() const = 0;
    // Columns and rows of the picture that the attributes' plane describes.
    virtual QSize pictureSize() const = 0;
    virtual std::vector<Remark> remarks() const = 0;
    virtual std::size_t count() const { return 1; }
    virtual std::size_t index() const { return 0; }
    virtual void scrollTo(std::size_t) {}
    virtual Look look() const = 0;
    virtual void setLook(Look const& look) = 0;
    // True: the wheel was the view's.
    virtual bool wheel(int, Qt::KeyboardModifiers) { return false; }
    virtual void reset() = 0;

    // The best there is at once, at `target` device pixels; a better one follows with improved(). Null: none yet.
    virtual QImage picture(ViewState const& state, QSize target) = 0;
    // The values of the picture; null while it still changes.
    virtual std::shared_ptr<Pixels const> pixels() const { return nullptr; }

signals:
    void changed();
    void improved(QImage const& image);
};

} // namespace qianli::viewer
