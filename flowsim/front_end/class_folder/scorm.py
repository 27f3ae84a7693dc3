"""The quiz as a package for a learning platform: SCORM 1.2, one page that reports what was answered and how much was right.

Source: SCORM 1.2 Content Aggregation Model, section 2: the package, its manifest, and the names in it.
"""

import zipfile
from io import BytesIO

from flowsim.front_end.class_folder.quiz_page import quiz_page

TITLE = "The Authorization Code Flow with PKCE: true or false?"
MANIFEST = f"""<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier="flowsim.quiz" version="1.2"
  xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2"
  xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2">
  <metadata>
    <schema>ADL SCORM</schema>
    <schemaversion>1.2</schemaversion>
  </metadata>
  <organizations default="flowsim">
    <organization identifier="flowsim">
      <title>{TITLE}</title>
      <item identifier="item-quiz" identifierref="page-quiz">
        <title>{TITLE}</title>
      </item>
    </organization>
  </organizations>
  <resources>
    <resource identifier="page-quiz" type="webcontent" adlcp:scormtype="sco" href="quiz.html">
      <file href="quiz.html"/>
    </resource>
  </resources>
</manifest>
"""


def scorm_package() -> bytes:
    """The package as a zip file, the same at any time: its manifest at the root, and the page."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in (("imsmanifest.xml", MANIFEST), ("quiz.html", quiz_page(alone=True))):
            package.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), text, zipfile.ZIP_DEFLATED)
    return packed.getvalue()
