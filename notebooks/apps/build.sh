#!/bin/sh
# Builds the files that the lesson reads: photo-page.js, photo-app.apk, photo-helper.apk.
# It needs node with npx, and Debian's Android tools:
#   apt-get install aapt android-framework-res apksigner libsmali-java zipalign default-jdk-headless
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

npx --yes esbuild@0.28.2 photo-page/src/main.js --bundle --minify --target=es2022 --outfile=photo-page.js

for app in photo-app photo-helper; do
    # Each app has another maker, so a key of its own. It signs this build and is thrown away with the folder.
    keytool -genkeypair -keystore "$work/$app.jks" -storepass lesson -alias lesson -keyalg EC -groupname secp256r1 \
        -sigalg SHA256withECDSA -validity 10000 -dname "CN=the maker of $app in a lesson of flowsim"
    smali assemble --api 24 --output "$work/classes.dex" "$app/smali"
    aapt package -f -M "$app/AndroidManifest.xml" -I /usr/share/android-framework-res/framework-res.apk \
        -F "$work/packed.apk"
    (cd "$work" && aapt add packed.apk classes.dex)
    zipalign -f 4 "$work/packed.apk" "$work/aligned.apk"
    apksigner sign --ks "$work/$app.jks" --ks-pass pass:lesson --v4-signing-enabled false \
        --out "$app.apk" "$work/aligned.apk"
    apksigner verify "$app.apk"
done
ls -l photo-page.js photo-app.apk photo-helper.apk
