#!/bin/sh
# Builds the machine to attack out of namespaces. Root calls this script in a new mount namespace.
#
#   build.sh FOLDERS COMMAND...     FOLDERS: what the tests run from, one per line
#
# The attacked machine's / is an overlay whose writes go to a tmpfs, so that no write reaches the real machine.
# The first command that fails ends the script. Nothing is written before the whole real machine is read-only.
set -eu
folders=$1; shift
mount -o remount,bind,ro=recursive /

layer() { # NUMBER FOLDER TARGET: mount a writable overlay of FOLDER at TARGET
    mkdir -p "/mnt/$1/upper" "/mnt/$1/work" "$3"
    mount -t overlay overlay -o "lowerdir=$2,upperdir=/mnt/$1/upper,workdir=/mnt/$1/work" "$3"
}

mount -t tmpfs -o mode=755 tmpfs /mnt
layer 0 / /mnt/new
new=/mnt/new
for hidden in run tmp var/tmp dev mnt; do
    mount -t tmpfs -o mode=755 tmpfs $new/$hidden
done
mkdir /mnt/empty
layer home /mnt/empty $new/home
layer root /mnt/empty $new/root
mkdir $new/root/notebooks
mount -t tmpfs -o mode=755 tmpfs $new/root/notebooks # an overlay cannot be idmapped, a tmpfs can
chmod 1777 $new/tmp $new/var/tmp
chmod 711 $new/root # not listable by others, who must still reach a Python in it
number=0
for folder in $folders; do
    number=$((number + 1))
    [ -e "$new$folder" ] || layer $number "$folder" "$new$folder"
done

dev=$new/dev
for node in null zero full random urandom tty fuse net/tun; do
    [ -e /dev/$node ] || continue
    mkdir -p "$(dirname $dev/$node)"
    touch $dev/$node
    mount --bind /dev/$node $dev/$node
done
mkdir $dev/pts $dev/shm $dev/mqueue
mount -t devpts -o newinstance,ptmxmode=666,mode=620 devpts $dev/pts
mount -t tmpfs -o mode=1777 tmpfs $dev/shm
ln -s pts/ptmx $dev/ptmx
ln -s /proc/self/fd $dev/fd
for stream in 0:stdin 1:stdout 2:stderr; do
    ln -s "/proc/self/fd/${stream%:*}" "$dev/${stream#*:}"
done

cd $new
mkdir old
pivot_root . old
[ "$(stat -f -c %T /)" = overlayfs ]
mount -t proc proc /proc
mount -t sysfs sysfs /sys
if [ -d /old/sys/fs/cgroup ]; then
    mount --rbind /old/sys/fs/cgroup /sys/fs/cgroup
    mount -o remount,bind,ro=recursive /sys/fs/cgroup
fi
umount -l /old
exec "$@"
