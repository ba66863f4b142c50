"""The texts of the pages around the lessons, in both languages."""

WORDS = {
    "en": {
        "lang": "en",
        "name": "English",
        "title": "nslab: lessons about Linux network namespaces",
        "what": "nslab teaches Linux network namespaces in Jupyter notebooks: one line of Python a step, in a lab of "
        "your own where nothing can break.",
        "here": "These pages are recorded runs of its lessons: whatever a cell shows here, Linux really said.",
        "picture": "Two namespaces and a cable; and a ping from test2 to test1: three requests, three replies.",
        "search": "Search the lessons",
        "found": "Places found: {count}.",
        "nothing": "Nothing found.",
        "more": "{count} more in this lesson",
        "lessons": "The lessons",
        "minutes": "{minutes} minutes",
        "afterwards": "Afterwards you can {gain}",
        "skip": "Skip to the text",
        "steps": "Steps",
        "previous": "Previous",
        "next": "Next",
        "heading": "Link to: {heading}",
        "recorded": "A recorded run: every output is what Linux really said. To do it yourself:",
        "missing": "The machine that recorded this lesson lacked something, so a part is missing here.",
        "not_run": "From here on no cell was run.",
        "larger": "Press to see it large.",
        "large": "The picture, large",
        "close": "Close",
    },
    "zh": {
        "lang": "zh-CN",
        "name": "中文",
        "title": "nslab：动手学 Linux 网络命名空间",
        "what": "nslab 用 Jupyter 笔记本讲 Linux 网络命名空间：一步一行 Python，实验环境是你自己的，怎么折腾都弄不坏。",
        "here": "这里是每一课真实运行的记录：单元格里显示的，都是 Linux 自己说的。",
        "picture": "两个命名空间和一根网线；从 test2 ping test1，三问三答。",
        "search": "搜索课程",
        "found": "找到 {count} 处。",
        "nothing": "没有找到。",
        "more": "这一课里还有 {count} 处",
        "lessons": "全部课程",
        "minutes": "{minutes} 分钟",
        "afterwards": "学完你会{gain}",
        "skip": "跳到正文",
        "steps": "步骤",
        "previous": "上一课",
        "next": "下一课",
        "heading": "这一节的链接：{heading}",
        "recorded": "本页是一次真实运行的记录，所有输出都来自 Linux 本身。想亲手做一遍，请运行：",
        "missing": "录制这一课的机器上缺了点东西，所以这一页不完整。",
        "not_run": "从这里开始，单元格没有运行。",
        "larger": "点一下，看大图。",
        "large": "大图",
        "close": "关闭",
    },
}
"""The texts by language; a language is named by its folder."""


def other(language: str) -> str:
    """Return the other language."""
    return next(code for code in WORDS if code != language)
