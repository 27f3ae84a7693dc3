# Opens the browser for step 3, is handed the redirect of step 6, and writes the body of step 7.
.class public final Lcom/example/app/MainActivity;
.super Landroid/app/Activity;

.field private state:Ljava/lang/String;

.method public constructor <init>()V
    .registers 1
    invoke-direct {p0}, Landroid/app/Activity;-><init>()V
    return-void
.end method

.method protected onCreate(Landroid/os/Bundle;)V
    .registers 3
    invoke-super {p0, p1}, Landroid/app/Activity;->onCreate(Landroid/os/Bundle;)V
    invoke-static {}, Ljava/util/UUID;->randomUUID()Ljava/util/UUID;
    move-result-object v0
    invoke-virtual {v0}, Ljava/util/UUID;->toString()Ljava/lang/String;
    move-result-object v0
    iput-object v0, p0, Lcom/example/app/MainActivity;->state:Ljava/lang/String;
    invoke-direct {p0}, Lcom/example/app/MainActivity;->openBrowser()V
    return-void
.end method

.method private openBrowser()V
    .registers 5
    sget-object v0, Lcom/example/app/Config;->AUTHORIZATION_ENDPOINT:Ljava/lang/String;
    invoke-static {v0}, Landroid/net/Uri;->parse(Ljava/lang/String;)Landroid/net/Uri;
    move-result-object v0
    invoke-virtual {v0}, Landroid/net/Uri;->buildUpon()Landroid/net/Uri$Builder;
    move-result-object v0
    const-string v1, "response_type"
    const-string v2, "code"
    invoke-virtual {v0, v1, v2}, Landroid/net/Uri$Builder;->appendQueryParameter(Ljava/lang/String;Ljava/lang/String;)Landroid/net/Uri$Builder;
    const-string v1, "client_id"
    sget-object v2, Lcom/example/app/Config;->CLIENT_ID:Ljava/lang/String;
    invoke-virtual {v0, v1, v2}, Landroid/net/Uri$Builder;->appendQueryParameter(Ljava/lang/String;Ljava/lang/String;)Landroid/net/Uri$Builder;
    const-string v1, "redirect_uri"
    sget-object v2, Lcom/example/app/Config;->REDIRECT_URI:Ljava/lang/String;
    invoke-virtual {v0, v1, v2}, Landroid/net/Uri$Builder;->appendQueryParameter(Ljava/lang/String;Ljava/lang/String;)Landroid/net/Uri$Builder;
    const-string v1, "scope"
    sget-object v2, Lcom/example/app/Config;->SCOPE:Ljava/lang/String;
    invoke-virtual {v0, v1, v2}, Landroid/net/Uri$Builder;->appendQueryParameter(Ljava/lang/String;Ljava/lang/String;)Landroid/net/Uri$Builder;
    const-string v1, "state"
    iget-object v2, p0, Lcom/example/app/MainActivity;->state:Ljava/lang/String;
    invoke-virtual {v0, v1, v2}, Landroid/net/Uri$Builder;->appendQueryParameter(Ljava/lang/String;Ljava/lang/String;)Landroid/net/Uri$Builder;
    invoke-virtual {v0}, Landroid/net/Uri$Builder;->build()Landroid/net/Uri;
    move-result-object v0
    new-instance v1, Landroid/content/Intent;
    const-string v2, "android.intent.action.VIEW"
    invoke-direct {v1, v2, v0}, Landroid/content/Intent;-><init>(Ljava/lang/String;Landroid/net/Uri;)V
    invoke-virtual {p0, v1}, Landroid/app/Activity;->startActivity(Landroid/content/Intent;)V
    return-void
.end method

.method protected onNewIntent(Landroid/content/Intent;)V
    .registers 5
    invoke-super {p0, p1}, Landroid/app/Activity;->onNewIntent(Landroid/content/Intent;)V
    invoke-virtual {p1}, Landroid/content/Intent;->getData()Landroid/net/Uri;
    move-result-object v0
    if-eqz v0, :nothing
    const-string v1, "state"
    invoke-virtual {v0, v1}, Landroid/net/Uri;->getQueryParameter(Ljava/lang/String;)Ljava/lang/String;
    move-result-object v1
    iget-object v2, p0, Lcom/example/app/MainActivity;->state:Ljava/lang/String;
    invoke-virtual {v2, v1}, Ljava/lang/String;->equals(Ljava/lang/Object;)Z
    move-result v1
    if-eqz v1, :nothing
    const-string v1, "code"
    invoke-virtual {v0, v1}, Landroid/net/Uri;->getQueryParameter(Ljava/lang/String;)Ljava/lang/String;
    move-result-object v1
    if-eqz v1, :nothing
    invoke-static {v1}, Lcom/example/app/Exchange;->body(Ljava/lang/String;)Ljava/lang/String;
    move-result-object v1
    new-instance v2, Ljava/lang/Thread;
    new-instance v0, Lcom/example/app/Exchange;
    invoke-direct {v0, v1}, Lcom/example/app/Exchange;-><init>(Ljava/lang/String;)V
    invoke-direct {v2, v0}, Ljava/lang/Thread;-><init>(Ljava/lang/Runnable;)V
    invoke-virtual {v2}, Ljava/lang/Thread;->start()V
    :nothing
    return-void
.end method
