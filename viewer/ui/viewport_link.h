// ViewportLink: while it is on, the visible viewports scroll with the active one.
#pragma once

#include "viewer/model/stack_link.h"
#include "viewer/ui/viewport_grid.h"

namespace qianli::viewer {

class ViewportLink : public QObject {
    Q_OBJECT

public:
    explicit ViewportLink(ViewportGrid& grid, QObject* parent = nullptr);
    void setOn(bool on);
    bool isOn() const { return on_; }
    // "联动" where it scrolls with another one; empty elsewhere.
    QString wordsFor(Viewport const& viewport) const;

signals:
    // What is said in some viewport is another.
    void changed();

private:
    // What a viewport showed when it was linked; another stack, or one that grew, is linked anew.
    struct Seen {
        std::string series;
        StackKind kind = StackKind::Images;
        std::size_t count = 0;
        ImageAttributes const* first = nullptr;
        bool operator==(Seen const&) const = default;
    };
    static Seen seenIn(Viewport const& viewport);
    static LinkKind kindOf(Viewport const& leader, Viewport const& follower);
    void pictureChanged(Viewport* viewport);
    void start();
    void follow();

    ViewportGrid& grid_;
    bool on_ = false, following_ = false;
    std::array<Seen, 4> seen_;
    std::array<std::size_t, 4> from_{};
};

} // namespace qianli::viewer
