"""What repo2docker is told (`jupyter-repo2docker --config`): the security options that the lab needs, and no more.

Docker's own words for them, and what refuses without:

    seccomp=unconfined        unshare(2): "Operation not permitted"
    apparmor=unconfined       mount(2) and unshare(2): "Permission denied"
    systempaths=unconfined    a /proc of its own and writable switches; without, the lab shares the container's
                              processes, and nothing can be made to forward packets

`--privileged` is not needed. Docker's API does not know the third word; it is the client that turns it into two empty
lists, and repo2docker has no way to hand them on. So it only builds, and the client runs the image.
"""

c = get_config()  # noqa: F821
c.Repo2Docker.image_name = "nslab"
c.Repo2Docker.run = False
c.Repo2Docker.user_id = 1000
c.Repo2Docker.user_name = "jovyan"
