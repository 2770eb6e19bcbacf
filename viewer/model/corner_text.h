// CornerText: the annotation of a viewport as words, from the object that is shown; render paints it.
#pragma once

#include "viewer/model/series.h"
#include "viewer/model/view_state.h"

#include <QSizeF>
#include <QString>
#include <QStringList>

namespace qianli::viewer {

struct CornerText {
    QStringList topLeft;              // name, ID, sex and age, site
    QString date;                     // of the study, with its time; the first line of topRight
    QStringList topRight;             // date and time, modality and series
    QStringList bottomLeft;           // slice n/N, thickness and position, exposure
    QStringList bottomRight;          // window, turned how, zoom; lossy compression is named
    QString left, right, top, bottom; // orientation letters at the edges; empty where the object says nothing
};

// What the gateway knows better than the object; empty: as the object says.
struct KnownOfCase {
    QString site;      // as the gateway names it, not Institution Name
    QString age;       // where the device's clock may be wrong
    QString link = {}; // said above the slice's number: that it scrolls with another viewport
};

CornerText cornerText(Stack const& stack, ViewState const& state, Pixels const* pixels, QSizeF viewport,
                      KnownOfCase const& known, Language language);

// What belongs to a picture that leaves the screen for the report: the side, the letters at the edges, the window, how
// it was turned. Not whose it is, which stands on the page.
CornerText keyPictureText(StackEntry const& entry, ViewState const& state, Pixels const& pixels, Language language);

// "左右翻转", "顺时针转 90°"; empty: as the object lies.
QString turnedText(ScreenOrientation const& orientation, Language language);

} // namespace qianli::viewer
