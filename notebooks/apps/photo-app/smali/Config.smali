# THE MISTAKE OF THIS LESSON: whatever stands here is in every copy of the app.
# The secret is no real one. It is the value that the simulator draws for seed 7, and it opens nothing but the simulator.
.class public final Lcom/example/app/Config;
.super Ljava/lang/Object;

.field public static final AUTHORIZATION_ENDPOINT:Ljava/lang/String; = "https://as.example/authorize"
.field public static final CLIENT_ID:Ljava/lang/String; = "photo-app"
.field public static final CLIENT_SECRET:Ljava/lang/String; = "20RuVQmu1lZD-yQo6rdNR-xZdbNIHJU5"
.field public static final REDIRECT_URI:Ljava/lang/String; = "com.example.app:/callback"
.field public static final SCOPE:Ljava/lang/String; = "openid profile read:messages"
