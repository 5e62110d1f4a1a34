"""What a training clip shows (a `spec`) and how people would ask for it, in English or Chinese.

A spec is a plain dict of class numbers and a seed; `scenes.py` draws it, `Sampler.caption` words it. Every class has
several wordings in each language, parts are left out now and then, and filler words that mean nothing to the picture
are thrown in, so that short, long and wordy prompts all work.
"""

import hashlib
import random
import re

# Class name -> (Chinese wordings, English wordings). The order is the class number.
TIMES = {
    "day": (["白天", "晴天", "阳光下", "清晨"], ["in daylight", "on a sunny day", "by day", "under a blue sky", "in the morning"]),
    "sunset": (["日落", "黄昏", "夕阳下", "傍晚", "晚霞中"], ["at sunset", "at dusk", "at dawn", "in golden light", "in the evening"]),
    "night": (["夜晚", "夜里", "深夜", "月光下", "星空下"], ["at night", "under the stars", "in moonlight", "late at night"]),
}
PLACES = {
    "sky": (["天空", "云端", "天上", "云层"], ["the sky", "the clouds", "an open sky"]),
    "sea": (["大海", "海面", "海上", "湖面", "海浪"], ["the sea", "the ocean", "a lake", "open water"]),
    "beach": (["沙滩", "海滩", "海边"], ["a beach", "the seaside", "a sandy beach"]),
    "mountains": (["群山", "山路", "山谷", "雪山", "高山"], ["mountains", "a mountain road", "a valley with mountains", "snowy peaks"]),
    "forest": (["森林", "树林", "丛林"], ["a forest", "the woods", "a pine forest", "a jungle"]),
    "desert": (["沙漠", "沙丘", "戈壁"], ["a desert", "the desert", "sand dunes"]),
    "snowfield": (["雪地", "雪原", "冰天雪地", "冰面"], ["a snow field", "a snowy meadow", "the ice", "a snowy plain"]),
    "meadow": (["草地", "草原", "花园", "花田"], ["a meadow", "a grassland", "a garden", "a green field"]),
    "city": (["城市", "都市", "城市夜空", "高楼大厦"], ["a city", "a city skyline", "tall buildings", "a future city"]),
    "street": (["霓虹街道", "霓虹灯街", "街道", "街上"], ["a neon street", "a cyberpunk street", "a street", "a street with neon signs"]),
    "space": (["太空", "宇宙", "星球", "外太空"], ["space", "outer space", "the universe", "a galaxy"]),
    "underwater": (["水下", "海底", "深海", "珊瑚礁"], ["underwater", "the deep sea", "a coral reef", "the sea floor"]),
    "room": (["房间", "室内", "客厅", "厨房"], ["a room", "a living room", "a kitchen", "a house"]),
    "studio": (["{c}背景", "纯{c}背景"], ["a {c} background", "a plain {c} background"]),
}
# Of the other places the light does not depend on the hour.
TIMED = ("sky", "sea", "beach", "mountains", "forest", "desert", "snowfield", "meadow", "city")
COLOURS = {
    "red": ("红色", "red"), "orange": ("橙色", "orange"), "yellow": ("黄色", "yellow"), "green": ("绿色", "green"),
    "blue": ("蓝色", "blue"), "purple": ("紫色", "purple"), "pink": ("粉色", "pink"), "white": ("白色", "white"), "black": ("黑色", "black"),
}
MOTIONS = {
    "stay": (["", "", "在画面中", "停在那里"], ["", "", "in place", "standing still"]),
    "right": (["从左向右移动", "向右走", "跑向右边", "走着", "在跑"], ["moves to the right", "walks to the right", "walking", "running", "crossing"]),
    "left": (["从右向左移动", "向左走", "跑向左边", "从右向左"], ["moves to the left", "walks to the left", "from right to left"]),
    "bounce": (["跳跃", "上下弹跳", "蹦蹦跳跳"], ["bounces", "jumps up and down", "hops"]),
    "sway": (["左右摇摆", "跳舞", "摇摆"], ["sways", "dances", "dancing", "rocks"]),
    "grow": (["逐渐变大", "由远及近", "越来越大"], ["grows bigger", "comes closer", "gets larger"]),
    "rise": (["升起", "起飞", "向上飞"], ["rises", "takes off", "taking off", "flies up"]),
    "float": (["漂浮", "飘动", "悬浮", "盘旋"], ["floats", "floating", "hovers", "drifts"]),
}
SIZES = {
    "small": (["小小的", "远处的", "远景的"], ["small", "distant", "tiny"]),
    "medium": (["", "", ""], ["", "", ""]),
    "large": (["大大的", "巨大的", "特写的"], ["big", "huge", "giant"]),
}
SPOTS = {
    "left": (["左边", "左侧"], ["on the left"]),
    "centre": (["中间", ""], ["in the middle", ""]),
    "right": (["右边", "右侧"], ["on the right"]),
}
CAMERAS = {
    "still": (["", "", "固定镜头"], ["", "", "static camera"]),
    "pan_right": (["镜头右移", "镜头向右平移"], ["camera pans right", "pan right"]),
    "pan_left": (["镜头左移", "镜头向左平移"], ["camera pans left", "pan left"]),
    "push": (["镜头推近", "推镜头", "缓慢推进"], ["slow push in", "zoom in", "camera pushes in"]),
    "pull": (["镜头拉远", "拉镜头"], ["zoom out", "camera pulls back"]),
}
WEATHERS = {
    "none": ([""], [""]),
    "rain": (["下雨", "雨中", "大雨", "雨夜"], ["rain", "in the rain", "heavy rain"]),
    "snow": (["下雪", "雪花飘落", "大雪"], ["snow falling", "snowing", "snowflakes"]),
    "petals": (["花瓣飘落", "樱花飘落"], ["falling petals", "cherry blossom petals"]),
    "fireworks": (["烟花", "放烟花", "烟火"], ["fireworks", "exploding fireworks", "fireworks overhead"]),
    "fog": (["雾", "薄雾", "雾气弥漫"], ["fog", "mist", "misty"]),
    "sparks": (["火花", "萤火虫", "灯笼"], ["glowing sparks", "fireflies", "lanterns", "lantern festival"]),
}
STYLES = {
    "none": ([""], [""]),
    "watercolour": (["水彩风格", "水彩画"], ["watercolour style", "watercolor painting"]),
    "noir": (["黑白", "黑白电影"], ["black and white", "film noir"]),
}
TABLES = dict(time=TIMES, place=PLACES, colour=COLOURS, motion=MOTIONS, size=SIZES, spot=SPOTS, camera=CAMERAS, weather=WEATHERS, style=STYLES)
NAMES = {table: list(classes) for table, classes in TABLES.items()}
NUMBER = {table: {name: i for i, name in enumerate(names)} for table, names in NAMES.items()}

# Code of the animated picture, Chinese names, English names, Chinese measure words.
SUBJECTS = [
    ("1f415", ["小狗", "狗", "柯基", "金毛犬"], ["dog", "puppy", "corgi", "golden retriever"], ["一只", ""]),
    ("1f431", ["小猫", "猫", "猫咪", "橘猫"], ["cat", "kitten", "orange cat"], ["一只", ""]),
    ("1f6b6-200d-2640", ["女人", "女行人", "女子"], ["woman", "woman walking", "lady"], ["一个", "一位", ""]),
    ("1f6b6-200d-2642", ["男人", "男行人", "行人"], ["man", "man walking", "person"], ["一个", "一位", ""]),
    ("1f467", ["小女孩", "女孩"], ["girl", "little girl", "child"], ["一个", ""]),
    ("1f9d1-200d-1f373", ["厨师"], ["cook", "chef"], ["一个", "一位", ""]),
    ("1f575", ["侦探"], ["detective", "spy"], ["一个", "一位", ""]),
    ("1f9d1-200d-1f680", ["宇航员", "航天员"], ["astronaut", "spaceman"], ["一个", "一位", ""]),
    ("1f916", ["机器人"], ["robot", "android"], ["一个", "一台", ""]),
    ("1f9a3", ["猛犸象", "猛犸", "大象"], ["mammoth", "woolly mammoth", "elephant"], ["一头", ""]),
    ("1f98a", ["狐狸"], ["fox", "red fox"], ["一只", ""]),
    ("1f430", ["兔子", "小兔子"], ["rabbit", "bunny"], ["一只", ""]),
    ("1f43c", ["熊猫", "大熊猫"], ["panda"], ["一只", ""]),
    ("1f42f", ["老虎"], ["tiger"], ["一只", "一头", ""]),
    ("1f42a", ["骆驼"], ["camel"], ["一头", ""]),
    ("1f427", ["企鹅"], ["penguin"], ["一只", ""]),
    ("1f989", ["猫头鹰"], ["owl"], ["一只", ""]),
    ("1f9a2", ["天鹅"], ["swan"], ["一只", ""]),
    ("1f98b", ["蝴蝶"], ["butterfly"], ["一只", ""]),
    ("1f420", ["鱼", "热带鱼", "小鱼"], ["fish", "tropical fish"], ["一条", ""]),
    ("1f422", ["海龟", "乌龟"], ["turtle", "sea turtle"], ["一只", ""]),
    ("1f697", ["汽车", "小汽车", "轿车"], ["car", "red car"], ["一辆", ""]),
    ("1f695", ["出租车"], ["taxi", "cab"], ["一辆", ""]),
    ("1f682", ["火车"], ["train", "steam train"], ["一列", ""]),
    ("1f68b", ["电车", "有轨电车"], ["tram", "streetcar"], ["一辆", ""]),
    ("1f680", ["火箭"], ["rocket", "spaceship"], ["一枚", "一个", ""]),
    ("1f6f8", ["飞碟", "不明飞行物"], ["flying saucer", "ufo"], ["一个", ""]),
    ("26f5", ["帆船", "小船"], ["sailboat", "boat"], ["一艘", ""]),
    ("2764", ["红心", "爱心", "恋人"], ["red heart", "heart", "couple"], ["一颗", "一个", ""]),
    ("2b50", ["星星"], ["star", "yellow star"], ["一颗", "一个", ""]),
]
# Words that change nothing in the picture: prompts are full of them.
FILLERS_ZH = ["美丽的", "安静的", "干净的", "两只", "三个", "一群", "高清", "电影感", "奔驰的", "未来", "东京", "温馨", "壮观", "细节丰富", "慢慢地"]
FILLERS_EN = ["beautiful", "quiet", "clean", "two", "three", "a group of", "cinematic", "detailed", "wide shot", "tokyo", "lonely", "patrolling",
              "winking", "full of", "with", "over", "old", "slowly", "happy"]
PLACE_WEIGHTS = [6, 8, 8, 8, 8, 8, 8, 9, 9, 9, 8, 8, 7, 8]
CAMERA_WEIGHTS = [74, 7, 7, 7, 5]
WEATHER_WEIGHTS = [74, 5, 5, 4, 5, 4, 3]
STYLE_WEIGHTS = [92, 4, 4]
MOTION_WEIGHTS = [34, 16, 12, 7, 10, 7, 7, 7]


def is_held_out(code, place):
    """One in twelve pairs of subject and place never occurs in training: the test of putting things together."""
    return hashlib.md5(f"{code}|{place}".encode()).digest()[0] % 12 == 0


class Sampler:
    """Draws specs and words them."""

    def __call__(self, rng, held_out=False):
        """A random spec; `held_out` draws only pairs of subject and place that training never sees."""
        pick = lambda table, weights=None: rng.choices(range(len(NAMES[table])), weights)[0]
        place = pick("place", PLACE_WEIGHTS)
        count = 1 if held_out else rng.choices([0, 1, 2], [8, 86, 6])[0]
        subjects = []
        for at in range(count):
            for _ in range(500):
                subject = rng.randrange(len(SUBJECTS))
                if is_held_out(SUBJECTS[subject][0], NAMES["place"][place]) == held_out:
                    break
            spot = (0, 2)[at] if count == 2 else rng.choices([0, 1, 2], [15, 70, 15])[0]
            subjects.append(dict(id=subject, spot=spot, size=rng.choices([0, 1, 2], [1, 6, 3 * (count == 1)])[0], motion=pick("motion", MOTION_WEIGHTS)))
        return dict(subjects=subjects, place=place, time=pick("time"), colour=pick("colour"), camera=pick("camera", CAMERA_WEIGHTS),
                    weather=pick("weather", WEATHER_WEIGHTS), style=pick("style", STYLE_WEIGHTS), variant=rng.randrange(2), seed=rng.random())

    def caption(self, spec, rng, language=None, full=False):
        """A sentence for `spec` in "zh" or "en"; `full` leaves nothing out, as evaluation wants it."""
        is_zh = rng.random() < 0.5 if language is None else language == "zh"
        say = lambda table, number: rng.choice(TABLES[table][NAMES[table][number]][0 if is_zh else 1])
        keep = lambda share: full or rng.random() < share
        filler = lambda: rng.choice(FILLERS_ZH if is_zh else FILLERS_EN) if not full and rng.random() < 0.18 else ""
        things = [self._thing(subject, say, keep, filler(), rng, is_zh) for subject in spec["subjects"]]
        place = ""
        if keep(0.93) or not things:
            name = NAMES["place"][spec["place"]]
            place = say("place", spec["place"]).replace("{c}", COLOURS[NAMES["colour"][spec["colour"]]][0 if is_zh else 1])
            if name in TIMED and keep(0.85):
                time = say("time", spec["time"])
                place = f"{time}的{place}" if is_zh else f"{place} {time}"
        extra = [say("weather", spec["weather"]), say("camera", spec["camera"]) if keep(0.9) else "", say("style", spec["style"]), filler()]
        extra = [words for words in extra if words]
        rng.shuffle(extra)
        front = [extra.pop()] if extra and rng.random() < 0.35 else []
        body = self._chinese(things, place, rng) if is_zh else self._english(things, place, rng)
        return ("，" if is_zh else ", ").join(front + [body] + extra)

    @staticmethod
    def _thing(subject, say, keep, filler, rng, is_zh):
        _code, zh, en, measures = SUBJECTS[subject["id"]]
        name = rng.choice(zh if is_zh else en)
        size = say("size", subject["size"]) if keep(0.8) else ""
        spot = say("spot", subject["spot"]) if subject["spot"] != 1 and keep(0.6) else ""
        motion = say("motion", subject["motion"]) if keep(0.92) else ""
        if is_zh:
            return f"{rng.choice(measures)}{filler}{size}{name}" + (f"在{spot}" if spot else "") + motion
        return " ".join(word for word in [rng.choice(["a", "the", "one", ""]), filler, size, name, motion, spot] if word)

    @staticmethod
    def _chinese(things, place, rng):
        thing = rng.choice(["，", "和"]).join(things)
        if not (thing and place):
            return thing or place
        inside = "" if place[-1] in "里内上中端面边底下礁" else rng.choice(["里", "里的", "上"])
        return rng.choice([f"{place}，{thing}", f"{place}{inside}，{thing}", f"{thing}，{place}", f"在{place}，{thing}", f"{place}{inside}{thing}"])

    @staticmethod
    def _english(things, place, rng):
        thing = rng.choice([" and ", ", "]).join(things)
        if not (thing and place):
            return thing or place
        lead = "" if place.startswith("underwater") else rng.choice(["in ", "at ", "on ", "over "])
        return f"{place}, {thing}" if rng.random() < 0.25 else f"{thing} {lead}{place}"


def clean(text):
    """Prompts as training sees them: lower case, Chinese punctuation folded, single spaces. The tokenizer's file says the same."""
    text = text.lower().translate(str.maketrans("，。、；：！？", ",.,;:!?"))
    return re.sub(r"\s+", " ", text).strip()


if __name__ == "__main__":
    sampler, dice = Sampler(), random.Random(0)
    for _ in range(12):
        spec = sampler(dice)
        print(sampler.caption(spec, dice, "zh"), "|", sampler.caption(spec, dice, "en"))
